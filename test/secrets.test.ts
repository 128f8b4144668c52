import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { startHub } from '@ferryline/hub';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hello, knock, Stranger } from './protocol/stranger.ts';
import { hubHttpSettings } from './system/ferryline.ts';

/** What may appear in no place but in the hands of whoever it was made for. */
const secrets: Record<string, string> = {
  'the password of the administrator': 'canary of a quiet harbour',
  'the password of a user': 'canary of another pier',
  'a password that was not taken': 'canary!',
  'a wrong token': 'fla_canaryCanaryCanaryCanaryCanaryCanaryCanary1',
};
const problems: string[] = [];
let log = '';
let folder: string;
let hub: Awaited<ReturnType<typeof startHub>>;

/** Every credential that there is is made and used, in right ways and in wrong ones, while the log says all that it can. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-secrets-'));
  const stream = new Writable({
    write(line, _encoding, done) {
      log += line;
      done();
    },
  });
  const config = {
    dataDir: join(folder, 'hub'),
    host: '127.0.0.1',
    port: 0,
    admin: {},
    http: hubHttpSettings,
    relayMemoryBytes: 64 * 2 ** 20,
    logLevel: 'trace',
    heartbeatSeconds: 15,
  } as const;
  hub = await startHub(config, { logger: pino({ level: 'trace' }, stream) });
  await useAdministrator();
});

afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

async function useAdministrator(): Promise<void> {
  const code = keep('the setup code', hub.setupCode?.code);
  const [password, userPassword] = [secret('the password of the administrator'), secret('the password of a user')];
  const refused = secret('a password that was not taken');
  const email = 'admin@example.com';
  await ask('auth/setup', { code, email, password: refused });
  await ask('auth/setup', { code: `${code}0`, email, password });
  const login = await ask('auth/setup', { code, email, password });
  const token = keep('an access token', login.accessToken);
  keep('a refresh token', login.refreshToken);
  await ask('auth/login', `{"email":"${email}","password":"${password}"`);
  await ask('auth/login', { email, password, extra: password });
  await ask('auth/login', { email, password: `${password}x` });
  await ask('auth/login', { email: password, password });
  await ask('auth/refresh', { refreshToken: `${login.refreshToken}x` });
  await ask(`agents?access_token=${token}`);
  await ask('agents', undefined, `${token}x`);
  await ask(`nothing/${token}`, undefined, token);

  const { secret: key } = await ask('keys', { name: 'canary', scope: 'full' }, token);
  await ask('me', undefined, keep('an API key', key));
  await ask('keys', { name: 'canary', scope: key }, token);
  const { invitation } = await ask('users', { email: 'kim@example.com', role: 'user' }, token);
  keep('an invitation', invitation.code);
  await ask('register', { code: invitation.code, password: refused });
  await ask('register', { code: `${invitation.code}x`, password: userPassword });
  await ask('register', { code: invitation.code, password: userPassword });
  await ask('register', { code: invitation.code, password: userPassword });

  const { token: agentToken } = await ask('tokens', { agent: 'web-01' }, token);
  keep('the token of an agent', agentToken);
  await ask('tokens', { agent: 'web-01', name: agentToken, extra: 1 }, token);
  const hubUrl = new URL(hub.url);
  await refusedUpgrade(hubUrl, agentToken, { origin: 'https://evil.example' });
  await refusedUpgrade(hubUrl, secret('a wrong token'), {});
  const agent = await Stranger.connect(hubUrl, agentToken);
  await agent.leave();
  const wrong = await Stranger.dial(hubUrl, agentToken);
  wrong.say(hello({ protocolVersions: agentToken, token: agentToken }));
  problems.push(JSON.stringify(await wrong.hear('refused')));
  await wrong.ended;
}

async function refusedUpgrade(hubUrl: URL, token: string, headers: Record<string, string>): Promise<void> {
  problems.push(JSON.stringify(await knock(hubUrl, '/ws/agent', { authorization: `Bearer ${token}`, ...headers })));
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every kind
async function ask(path: string, body?: object | string, credential?: string): Promise<any> {
  const answer = await fetch(`${hub.url}/api/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.status >= 400) problems.push(text);
  return JSON.parse(text);
}

function secret(name: string): string {
  return secrets[name] ?? expect.fail(`there is no ${name}`);
}

/** Notes a credential that the hub made. */
function keep(name: string, made: string | undefined): string {
  secrets[name] = made ?? expect.fail(`the hub made no ${name}`);
  return secrets[name];
}

/** The part of a credential that nobody could guess: its mark in front may be shown. */
function secretPart(text: string): string {
  return text.length > 30 ? text.slice(-20) : text;
}

describe('a secret', () => {
  test('A68: reaches neither the log, however much that says, nor a problem document', () => {
    expect(problems.length).toBeGreaterThan(12);
    expect(log.split('\n').length).toBeGreaterThan(20);
    for (const [name, text] of Object.entries(secrets)) {
      expect(log.includes(secretPart(text)), `${name} in the log`).toBe(false);
      expect(
        problems.filter((problem) => problem.includes(secretPart(text))),
        name,
      ).toEqual([]);
    }
  });

  test('A72: cannot be read from what the hub has stored, and the keys that it signs with are not in its database', async () => {
    await hub.close();
    const files = (await readdir(join(folder, 'hub'))).filter((name) => name.startsWith('ferryline.db'));
    const dump = Buffer.concat(await Promise.all(files.map((name) => readFile(join(folder, 'hub', name)))));
    const keys = JSON.parse(await readFile(join(folder, 'hub', 'signing-keys.json'), 'utf8'));

    // Its hash is there, so it was the right file that was searched.
    expect(dump.includes(hash('sha256', secret('the token of an agent')))).toBe(true);
    for (const [name, text] of Object.entries({ ...secrets, ...textsIn(keys) })) {
      const part = secretPart(text);
      for (const spelling of [part, part.replaceAll('-', ''), Buffer.from(text).toString('hex')]) {
        expect(dump.includes(spelling), `${name} in the database`).toBe(false);
      }
    }
  });
});

/** Every text of a document that is long enough to be a key, under its place. */
function textsIn(value: unknown, place = 'signing keys'): Record<string, string> {
  if (typeof value === 'string') return value.length >= 40 ? { [place]: value } : {};
  if (typeof value !== 'object' || value === null) return {};
  return Object.assign({}, ...Object.entries(value).map(([name, each]) => textsIn(each, `${place} ${name}`)));
}
