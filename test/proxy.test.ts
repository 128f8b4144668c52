import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllowedRoot, type RunningAgent, startAgent } from '@ferryline/agent';
import { proxyFor, readHubTrust } from '@ferryline/agent/dial';
import { startHub } from '@ferryline/hub';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeSelfSignedCertificate } from '../packages/hub/src/infrastructure/tls/self-signed-certificate.ts';
import { ConnectProxy } from './system/connect-proxy.ts';
import { hubConfig } from './system/ferryline.ts';
import { Impostor } from './system/impostor.ts';
import { runFerry } from './system/run-ferry.ts';

/** A name that only the proxy knows. */
const NAME = 'hub.test';

type Environment = Readonly<Record<string, string>>;

let folder: string;
let closing: (() => Promise<unknown>)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-proxy-'));
  for (const name of ['source', 'destination']) mkdirSync(join(folder, name));
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A hub on loopback, and what signs somebody in to it at another address. */
async function hubAt(scheme: 'http' | 'https', name: string) {
  const [from, until] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];
  const made = makeSelfSignedCertificate({ names: [NAME], from, until });
  const [certFile, keyFile] = [join(folder, 'hub.pem'), join(folder, 'hub.key')];
  writeFileSync(certFile, made.certificate);
  writeFileSync(keyFile, made.key, { mode: 0o600 });
  const tls = scheme === 'https' ? { tls: { kind: 'files', certFile, keyFile } as const } : {};
  const config = { ...hubConfig(folder, 0), ...tls };
  const hub = await startHub(config, { logger: pino({ level: 'silent' }) });
  closing.push(() => hub.close());
  const port = Number(new URL(hub.url).port);
  const { email = '', password = '' } = config.admin;
  const env: Environment = {
    HOME: folder,
    FERRY_HUB: `${scheme}://${name}:${port}`,
    FERRY_EMAIL: email,
    FERRY_PASSWORD: password,
    FERRY_INSECURE_HTTP: 'true',
    ...(scheme === 'https' && { FERRY_CA_FILE: certFile }),
  };
  return { port, env };
}

async function agent(name: string, token: string, env: Environment): Promise<RunningAgent> {
  const hubUrl = new URL(env.FERRY_HUB ?? '');
  const proxy = proxyFor(hubUrl, env);
  const running = await startAgent(
    {
      hubUrl,
      token,
      trust: await readHubTrust({ caFile: env.FERRY_CA_FILE }),
      ...(proxy && { proxy }),
      roots: [parseAllowedRoot(join(folder, name))],
      stateDir: join(folder, `state-${name}`),
    },
    pino({ level: 'silent' }),
  );
  closing.push(() => running.close());
  return running;
}

describe('a hub that is reached by way of a proxy', () => {
  test.each(['http', 'https'] as const)(
    'of which only the proxy knows the name, is used over %s by agents and commands as any other',
    async (scheme) => {
      const { port, env: direct } = await hubAt(scheme, NAME);
      const target = `${NAME}:${port}`;
      await using proxy = await ConnectProxy.start({ routes: { [target]: port } });
      const env = { ...direct, [`${scheme.toUpperCase()}_PROXY`]: proxy.url };
      writeFileSync(join(folder, 'source', 'a'), 'moved');
      for (const name of ['source', 'destination']) {
        const { stdout } = await runFerry(['tokens', 'create', name], env);
        await (await agent(name, stdout.trim(), env)).welcome;
      }
      const before = proxy.asked.length;

      const copied = await runFerry(['cp', `source:${folder}/source/a`, `destination:${folder}/destination/`], env);

      expect(copied).toMatchObject({ exitCode: 0 });
      expect(readFileSync(join(folder, 'destination', 'a'), 'utf8')).toBe('moved');
      expect(new Set(proxy.asked)).toEqual(new Set([target]));
      // Two lanes, and the command that asked again and again over one connection.
      expect(proxy.asked.length - before).toBe(3);
      expect(proxy.headers.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    },
  );

  test('A74: is not mistaken for whoever the proxy connects to instead, who is sent nothing', async () => {
    await using impostor = await Impostor.start({ names: [NAME] });
    await using proxy = await ConnectProxy.start({ routes: { [`${NAME}:443`]: impostor.port } });
    const env = { HOME: folder, FERRY_HUB: `https://${NAME}`, FERRY_API_KEY: 'secret', HTTPS_PROXY: proxy.url };
    const pin = `sha256:${'ab'.repeat(32)}`;

    const [unknown, other] = [await runFerry(['agents'], env), await runFerry(['agents', '--pin', pin], env)];

    expect(unknown).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(/nobody who is trusted here/) });
    expect(other).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(/somebody stands in between/) });
    await impostor.quiet();
    expect(impostor.heard).toBe('');
  });

  test('is reached without it when NO_PROXY names the hub', async () => {
    // Any address of this machine, and not a loopback one by its look: those need no exception.
    const { env: direct } = await hubAt('http', '0.0.0.0');
    await using proxy = await ConnectProxy.start({ routes: {} });
    const env = { ...direct, HTTP_PROXY: proxy.url };
    const ask = (NO_PROXY: string) => runFerry(['agents'], { ...env, NO_PROXY });

    expect(await ask('other.example')).toMatchObject({ exitCode: 5 });
    expect(proxy.asked).toHaveLength(1);
    expect(await ask('other.example,0.0.0.0')).toMatchObject({ exitCode: 0 });
    expect(proxy.asked).toHaveLength(1);
  });

  test('asks for the name and password that the proxy wants, and shows no password', async () => {
    const { port, env: direct } = await hubAt('https', NAME);
    const authorization = `Basic ${btoa('kim:open sesame')}`;
    await using proxy = await ConnectProxy.start({ routes: { [`${NAME}:${port}`]: port }, authorization });
    const ask = (credentials: string) =>
      runFerry(['agents'], { ...direct, HTTPS_PROXY: proxy.url.replace('://', `://${credentials}@`) });

    const refused = await ask('kim:wrong-password');

    expect(refused).toMatchObject({
      exitCode: 5,
      stderr: expect.stringMatching(/127\.0\.0\.1:\d+ does not connect .*name and password/),
    });
    expect(refused.stderr).not.toContain('wrong-password');
    expect(await ask('kim:open%20sesame')).toMatchObject({ exitCode: 0 });
  });

  test.each([
    [
      'that does not reach it',
      async () => (await start({ routes: {} })).url,
      /does not connect to hub\.test:443: it answers HTTP 502.*NO_PROXY/,
    ],
    ['that is not there', gone, /the proxy 127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED.*NO_PROXY/],
  ])('says so, where it is one %s', async (_which, proxy, sentence) => {
    const env = { HOME: folder, FERRY_HUB: `https://${NAME}`, FERRY_API_KEY: 'secret', HTTPS_PROXY: await proxy() };

    expect(await runFerry(['agents'], env)).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(sentence) });
  });

  async function start(settings: Parameters<typeof ConnectProxy.start>[0]): Promise<ConnectProxy> {
    const proxy = await ConnectProxy.start(settings);
    closing.push(() => proxy[Symbol.asyncDispose]());
    return proxy;
  }

  /** Where a proxy was. */
  async function gone(): Promise<string> {
    await using proxy = await ConnectProxy.start({ routes: {} });
    return proxy.url;
  }
});
