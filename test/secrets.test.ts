import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { backupHub, startHub } from '@ferryline/hub';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hello, knock, Stranger } from './protocol/stranger.ts';
import { FerryProcesses } from './system/ferry-processes.ts';
import { hubHttpSettings } from './system/ferryline.ts';

/** What may appear in no place but in the hands of whoever it was made for. */
const secrets: Record<string, string> = {
  'the password of the administrator': 'canary of a quiet harbour',
  'the password of a user': 'canary of another pier',
  'a password given with an Idempotency-Key': 'canary of a third jetty',
  'the password of the database': 'canary-of-the-tables',
  'a password that was not taken': 'canary!',
  'a wrong token': 'fla_canaryCanaryCanaryCanaryCanaryCanaryCanary1',
};
const problems: string[] = [];
/** What else the hub shows to whoever may ask, under its name. */
const shown: Record<string, string> = {};
const processes = new FerryProcesses();
let log = '';
let folder: string;
let config: Parameters<typeof startHub>[0];
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
  config = {
    dataDir: join(folder, 'hub'),
    host: '127.0.0.1',
    port: 0,
    admin: {},
    http: hubHttpSettings,
    relayMemoryBytes: 64 * 2 ** 20,
    relayDiskBytes: 2 ** 30,
    logLevel: 'trace',
    heartbeatSeconds: 15,
    stallSeconds: 60,
  };
  hub = await startHub(config, { logger: pino({ level: 'trace' }, stream) });
  await useAdministrator();
  await backupHub(config, join(folder, 'backup.db'));
  shown['the configuration'] = await printedConfig();
});

afterAll(async () => {
  await hub.close();
  await processes.end();
  await rm(folder, { recursive: true });
});

async function useAdministrator(): Promise<void> {
  const code = keep('the setup code', hub.setupCode?.code);
  const [password, userPassword] = [secret('the password of the administrator'), secret('the password of a user')];
  const refused = secret('a password that was not taken');
  const keptUser = {
    email: 'lee@example.com',
    role: 'user',
    password: secret('a password given with an Idempotency-Key'),
  };
  const email = 'admin@example.com';
  await ask(400, 'auth/setup', { code, email, password: refused });
  await ask(401, 'auth/setup', { code: `${code}0`, email, password });
  const login = await ask(200, 'auth/setup', { code, email, password });
  const token = keep('an access token', login.accessToken);
  keep('a refresh token', login.refreshToken);
  await ask(400, 'auth/login', `{"email":"${email}","password":"${password}"`);
  await ask(400, 'auth/login', { email, password, extra: password });
  await ask(401, 'auth/login', { email, password: `${password}x` });
  await ask(401, 'auth/login', { email: password, password });
  await ask(401, 'auth/refresh', { refreshToken: `${login.refreshToken}x` });
  await ask(401, `agents?access_token=${token}`);
  await ask(401, 'agents', undefined, { credential: `${token}x` });
  await ask(404, `nothing/${token}`, undefined, { credential: token });

  const { secret: key } = await ask(201, 'keys', { name: 'canary', scope: 'full' }, { credential: token });
  await ask(200, 'auth/me', undefined, { credential: keep('an API key', key) });
  await ask(400, 'keys', { name: 'canary', scope: key }, { credential: token });
  const { invitation } = await ask(201, 'users', { email: 'kim@example.com', role: 'user' }, { credential: token });
  keep('an invitation', invitation.code);
  await ask(400, 'auth/register', { code: invitation.code, password: refused });
  await ask(401, 'auth/register', { code: `${invitation.code}x`, password: userPassword });
  await ask(200, 'auth/register', { code: invitation.code, password: userPassword });
  await ask(401, 'auth/register', { code: invitation.code, password: userPassword });
  const once = { credential: token, onceKey: 'canary-1' };
  await ask(201, 'users', keptUser, once);
  await ask(201, 'users', keptUser, once);
  await ask(409, 'users', { ...keptUser, role: 'admin' }, once);
  shown['the metrics'] = await metricsText(token);

  const { token: agentToken } = await ask(201, 'tokens', { agent: 'web-01' }, { credential: token });
  keep('the token of an agent', agentToken);
  await ask(400, 'tokens', { agent: 'web-01', name: agentToken, extra: 1 }, { credential: token });
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

interface Asked {
  readonly credential?: string;
  readonly onceKey?: string;
}

/** Asks, and fails unless the answer is the one that proves that the way was gone. */
async function ask(
  expected: number,
  path: string,
  body?: object | string,
  { credential, onceKey }: Asked = {},
  // biome-ignore lint/suspicious/noExplicitAny: answers of every kind
): Promise<any> {
  const answer = await fetch(`${hub.url}/api/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
      ...(onceKey !== undefined && { 'idempotency-key': onceKey }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.status, `${path}: ${text}`).toBe(expected);
  if (answer.status >= 400) problems.push(text);
  return JSON.parse(text);
}

async function metricsText(credential: string): Promise<string> {
  const answer = await fetch(`${hub.url}/metrics`, { headers: { authorization: `Bearer ${credential}` } });
  expect(answer.status).toBe(200);
  return answer.text();
}

async function printedConfig(): Promise<string> {
  const ended = await processes.run(['hub', '--print-config', '--data-dir', config.dataDir], {
    PATH: process.env.PATH,
    HOME: folder,
    FERRY_ADMIN_EMAIL: 'admin@example.com',
    FERRY_ADMIN_PASSWORD: secret('the password of the administrator'),
    FERRY_DATABASE_URL: `postgres://ferry:${secret('the password of the database')}@db.example/ferry`,
  });
  expect(ended).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('admin@example.com') });
  return ended.stdout + ended.stderr;
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
  test('A68: reaches neither the log, however much that says, nor a problem document, the metrics or the shown configuration', () => {
    expect(problems.length).toBeGreaterThan(12);
    expect(log.split('\n').length).toBeGreaterThan(20);
    for (const [name, text] of Object.entries(secrets)) {
      expect(log.includes(secretPart(text)), `${name} in the log`).toBe(false);
      expect(
        problems.filter((problem) => problem.includes(secretPart(text))),
        name,
      ).toEqual([]);
      for (const [place, said] of Object.entries(shown)) {
        expect(said.includes(secretPart(text)), `${name} in ${place}`).toBe(false);
      }
    }
    expect(Object.keys(shown)).toEqual(['the metrics', 'the configuration']);
  });

  test('A72: cannot be read from what the hub has stored or from a backup, and the keys that it signs with are in neither', async () => {
    await hub.close();
    const files = (await readdir(join(folder, 'hub'))).filter((name) => name.startsWith('ferryline.db'));
    const stored = await Promise.all(files.map((name) => readFile(join(folder, 'hub', name))));
    const places = { 'the database': Buffer.concat(stored), 'the backup': await readFile(join(folder, 'backup.db')) };
    const keys = JSON.parse(await readFile(join(folder, 'hub', 'signing-keys.json'), 'utf8'));

    for (const [place, dump] of Object.entries(places)) {
      // Its hash is there, so it was the right file that was searched.
      expect(dump.includes(hash('sha256', secret('the token of an agent'))), place).toBe(true);
      for (const [name, text] of Object.entries({ ...secrets, ...textsIn(keys) })) {
        for (const spelling of spellings(text)) expect(dump.includes(spelling), `${name} in ${place}`).toBe(false);
      }
    }
  });

  test('A72: a password that people choose is not even there as a fast hash, alone or in a request', async () => {
    const dump = await readFile(join(folder, 'backup.db'));
    const password = secret('a password given with an Idempotency-Key');
    const body = { email: 'lee@example.com', password, role: 'user' };
    const request = JSON.stringify(['POST', '/api/v1/users', body]);

    expect(dump.includes('canary-1')).toBe(true);
    for (const text of [password, JSON.stringify(body), request]) {
      expect(dump.includes(hash('sha256', text)), text).toBe(false);
    }
  });
});

/** As it is, and as databases and people write such things. */
function spellings(text: string): readonly string[] {
  const part = secretPart(text);
  return [part, part.replaceAll('-', ''), Buffer.from(text).toString('hex')];
}

/** Every text of a document that is long enough to be a key, under its place. */
function textsIn(value: unknown, place = 'signing keys'): Record<string, string> {
  if (typeof value === 'string') return value.length >= 40 ? { [place]: value } : {};
  if (typeof value !== 'object' || value === null) return {};
  return Object.assign({}, ...Object.entries(value).map(([name, each]) => textsIn(each, `${place} ${name}`)));
}
