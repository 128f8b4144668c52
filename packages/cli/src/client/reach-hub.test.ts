import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storeSignIn } from './credentials.ts';
import { reachHub, reachHubToSignIn } from './reach-hub.ts';

const pins = ['11', '22', '33'].map((pair) => `sha256:${pair.repeat(32)}`);
const [ofFlag = '', ofEnvironment = '', remembered = ''] = pins;
const signIn = { email: 'kim@example.test', accessToken: 'a', expiresAt: '2099-01-01T00:00:00Z' };

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ferry-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function io(env: Readonly<Record<string, string>> = {}) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  return { env: { HOME: home, ...env }, stdin, stdout, stderr };
}

describe('reachHub', () => {
  test('knows the hub by what the flags say, else the environment, else what was said when signing in', async () => {
    await storeSignIn({ HOME: home }, 'https://hub.example', { ...signIn, trust: { pin: remembered } });
    const trust = async (flags: object, env: Readonly<Record<string, string>> = {}) =>
      (await reachHub(io(env), 'https://hub.example', flags)).trustSettings;

    expect(await trust({ pin: ofFlag }, { FERRY_PIN: ofEnvironment })).toEqual({ pin: ofFlag });
    expect(await trust({ pin: ofFlag }, { FERRY_CA_FILE: 'ca.pem' })).toEqual({ pin: ofFlag });
    expect(await trust({}, { FERRY_PIN: ofEnvironment })).toEqual({ pin: ofEnvironment });
    expect(await trust({}, { FERRY_PIN: '' })).toEqual({ pin: remembered });
    expect((await reachHub(io(), 'https://other.example', {})).trustSettings).toEqual({});
  });

  test('takes the file of an authority from the folder where it was named', async () => {
    await expect(reachHub(io(), 'https://hub.example', { ca: 'nowhere.pem' })).rejects.toThrow(resolve('nowhere.pem'));
  });

  test('A74: sends nothing in clear to another machine, unless a person said so, now or when signing in', async () => {
    const hub = 'http://hub.example:7420';
    await expect(reachHub(io(), hub, {})).rejects.toThrow(/plain HTTP.*--insecure-http/);
    await expect(reachHub(io(), hub, { insecureHttp: true })).resolves.toMatchObject({ baseUrl: hub });
    await expect(reachHub(io({ FERRY_INSECURE_HTTP: 'true' }), hub, {})).resolves.toMatchObject({ baseUrl: hub });
    await storeSignIn({ HOME: home }, hub, signIn);
    await expect(reachHub(io(), hub, {})).resolves.toMatchObject({ baseUrl: hub });
  });

  test('warns whoever signs in where others can read the password', async () => {
    const [exposed, safe] = [io(), io()];
    await reachHubToSignIn(exposed, 'http://hub.example', { insecureHttp: true });
    await reachHubToSignIn(safe, 'https://hub.example', {});

    expect(await text(exposed.stderr.end())).toMatch(/others on the way can read the password/);
    expect(await text(safe.stderr.end())).toBe('');
  });
});
