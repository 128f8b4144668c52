import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { parseAllowedRoot, type RunningAgent, startAgent } from '@ferryline/agent';
import { HubDialer, readHubTrust, type TrustSettings } from '@ferryline/agent/dial';
import { startHub } from '@ferryline/hub';
import { type Logger, pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeSelfSignedCertificate } from '../packages/hub/src/infrastructure/tls/self-signed-certificate.ts';
import { FerryProcesses } from './system/ferry-processes.ts';
import { hubConfig } from './system/ferryline.ts';
import { Impostor, type ImpostorSettings } from './system/impostor.ts';
import { runFerry } from './system/run-ferry.ts';

let folder: string;
let closing: (() => Promise<unknown>)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-tls-'));
  for (const name of ['source', 'destination']) mkdirSync(join(folder, name));
  closing = [];
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A file of this content below the test's folder. */
function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** What a log says, as it says it. */
class Heard {
  readonly lines: { readonly msg: string; readonly reason?: string }[] = [];
  readonly #waiting = new Set<() => void>();
  readonly logger: Logger = pino(
    { level: 'info' },
    {
      write: (line: string) => {
        this.lines.push(JSON.parse(line));
        for (const look of this.#waiting) look();
      },
    },
  );

  /** The first line with this message, when it has come. */
  line(msg: string): Promise<{ readonly reason?: string }> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.lines.find((each) => each.msg === msg);
        if (found !== undefined) resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

async function agent(
  name: string,
  hubUrl: URL,
  token: string,
  trust: TrustSettings,
  logger: Logger,
): Promise<RunningAgent> {
  const roots = [parseAllowedRoot(join(folder, name))];
  const stateDir = join(folder, `state-${name}`);
  const running = await startAgent({ hubUrl, token, roots, stateDir, trust: await readHubTrust(trust) }, logger);
  closing.push(() => running.close());
  return running;
}

describe('a hub with a certificate of its own', () => {
  const processes = new FerryProcesses();
  afterEach(() => processes.end());

  test('is set up, and a file copied through it, by those who pin its fingerprint or take it for their authority', async () => {
    const env = { PATH: process.env.PATH ?? '', HOME: folder };
    const dataDir = join(folder, 'hub');
    const password = file('password', 'a password for tests only');
    const content = Buffer.alloc(3_000_000, 'ferry');
    const original = file('source/a.bin', content);
    const start = () => processes.start(['hub', '--data-dir', dataDir, '--port', '0', '--tls-self-signed'], env);
    const ferry = (...args: readonly string[]) => runFerry(args, env);

    const first = start();
    const [, pin = ''] = await first.says(/Certificate fingerprint: (sha256:(?:[0-9A-F]{2}:){31}[0-9A-F]{2})\n/);
    const [, hub = ''] = await first.says(/listening on (https:\/\/\S+)\n/);
    await first.says(new RegExp(`ferry setup ${hub} --pin ${pin}\n`));
    const code = join(dataDir, 'setup-code');
    const who = ['--email', 'kim@example.test', '--code-file', code, '--password-file', password];
    expect(await ferry('setup', hub, ...who)).toMatchObject({
      exitCode: 5,
      stderr: expect.stringMatching(/^ferry: Nothing was sent to https.*nobody who is trusted here.*--pin.*\n$/),
    });
    expect(await ferry('setup', hub, ...who, '--pin', pin)).toMatchObject({ exitCode: 0 });
    // The pin is remembered with the sign-in.
    const tokens = await Promise.all(['source', 'destination'].map((name) => ferry('tokens', 'create', name)));
    const [source = '', destination = ''] = tokens.map(({ stdout }, at) => file(`token-${at}`, stdout));
    const common = ['agent', '--hub', hub];
    const agents = [
      [...common, '--pin', pin, '--token-file', source, '--allow', join(folder, 'source:ro')],
      [
        ...common,
        '--ca',
        join(dataDir, 'tls-certificate.pem'),
        '--token-file',
        destination,
        '--allow',
        join(folder, 'destination'),
      ],
    ].map((args, at) => processes.start([...args, '--state-dir', join(folder, `state-${at}`)], env));
    for (const each of agents) await each.says(/connected to https/);

    const copied = await ferry('cp', `source:${original}`, `destination:${folder}/destination/`);

    expect(copied).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 file') });
    expect(readFileSync(join(folder, 'destination', 'a.bin')).equals(content)).toBe(true);
    first.signal('SIGTERM');
    await first.ended;
    await start().says(new RegExp(`Certificate fingerprint: ${pin}\n`));
  });
});

const TOKEN = 'the-token-that-nobody-may-see';

type Refusal = readonly [string, ImpostorSettings, (impostor: Impostor) => TrustSettings, RegExp];

const refusals: readonly Refusal[] = [
  [
    'made by nobody who is trusted',
    {},
    () => ({}),
    /made by nobody who is trusted here\. Name its authority with --ca/,
  ],
  ['of another authority', {}, () => ({ caFile: file('other.pem', other()) }), /made by nobody who is trusted here/],
  [
    'for another name',
    { names: ['hub.example', '127.0.0.2'] },
    ownAuthority,
    /its certificate is not for 127\.0\.0\.1/,
  ],
  ['that has expired', { days: -1 }, ownAuthority, /its certificate has expired/],
  [
    'other than the pinned one',
    {},
    () => ({ pin: `sha256:${'ab'.repeat(32)}` }),
    /pinned is sha256:AB:AB.*stands in between/,
  ],
];

function ownAuthority({ certificate }: Impostor): TrustSettings {
  return { caFile: file('ca.pem', certificate) };
}

function other(): string {
  const [from, until] = [new Date(Date.now() - 1_000), new Date(Date.now() + 86_400_000)];
  return makeSelfSignedCertificate({ names: ['127.0.0.1'], from, until }).certificate;
}

/** Has an agent and a command come to it; resolves when both have said why they leave. */
async function visit(impostor: Impostor, trust: TrustSettings): Promise<readonly string[]> {
  const heard = new Heard();
  const visitor = await agent('source', impostor.url, TOKEN, trust, heard.logger);
  const { reason = '' } = await heard.line('the hub cannot be reached');
  await visitor.close();
  const env = {
    HOME: folder,
    FERRY_HUB: impostor.url.href,
    FERRY_API_KEY: TOKEN,
    ...(trust.caFile !== undefined && { FERRY_CA_FILE: trust.caFile }),
    ...(trust.pin !== undefined && { FERRY_PIN: trust.pin }),
  };
  const { exitCode, stderr } = await runFerry(['agents'], env);
  expect(exitCode).toBe(5);
  await impostor.quiet();
  return [reason, stderr];
}

describe('A74: whoever stands where the hub should, with a certificate', () => {
  test.each(refusals)(
    '%s, is told so by agent and command, and is sent nothing',
    async (_which, settings, trustOf, sentence) => {
      await using impostor = await Impostor.start(settings);

      for (const said of await visit(impostor, trustOf(impostor))) expect(said).toMatch(sentence);

      expect(impostor.heard).toBe('');
    },
  );

  test.each(refusals)(
    '%s, is sent nothing where NODE_TLS_REJECT_UNAUTHORIZED is 0 either',
    async (_which, settings, trustOf) => {
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      await using impostor = await Impostor.start(settings);

      await visit(impostor, trustOf(impostor));

      expect(impostor.heard).toBe('');
    },
  );

  test('gets no connection handed over before its certificate is compared', async () => {
    await using impostor = await Impostor.start();
    const dial = (fingerprint: string) =>
      new Promise<unknown>((resolve) => {
        const dialer = new HubDialer(impostor.url, { trust: { kind: 'pin', fingerprint } });
        dialer.createConnection({}, (error, socket) => {
          resolve(error ?? (socket as TLSSocket).getPeerX509Certificate()?.fingerprint256);
          socket?.destroy();
        });
      });

    expect(await dial(`sha256:${'AB:'.repeat(31)}AB`)).toMatchObject({
      message: expect.stringMatching(/^Nothing was sent/),
    });
    expect(`sha256:${await dial(impostor.fingerprint)}`).toBe(impostor.fingerprint);
  });

  test('that is the pinned one is taken for the hub, and would be told all', async () => {
    await using impostor = await Impostor.start({ names: ['elsewhere.example'], days: -1 });

    await visit(impostor, { pin: impostor.fingerprint });

    // By the agent, which tries WebSocket and then polls, and by the command.
    expect(impostor.heard.split(TOKEN)).toHaveLength(4);
    expect(impostor.handshakes).toBe(3);
  });
});

describe('a hub with a certificate in files', () => {
  const names = ['127.0.0.1'];
  const from = new Date(Date.now() - 60_000);
  const until = new Date(Date.now() + 60 * 60_000);
  const [one, two] = [0, 1].map(() => makeSelfSignedCertificate({ names, from, until }));
  if (one === undefined || two === undefined) throw new Error('two were made');
  const tls = () => ({ kind: 'files', certFile: join(folder, 'hub.pem'), keyFile: join(folder, 'hub.key') }) as const;

  /** As certificate tools do: under another name first, then in the place of the one before. */
  function put(name: string, text: string): void {
    renameSync(file('draft', text), join(folder, name));
  }

  async function start(heard: Heard): Promise<{ readonly url: URL; readonly env: Readonly<Record<string, string>> }> {
    put('hub.pem', one?.certificate ?? '');
    put('hub.key', one?.key ?? '');
    const config = { ...hubConfig(folder, 0), tls: tls() };
    const hub = await startHub(config, { logger: heard.logger });
    closing.push(() => hub.close());
    const { email = '', password = '' } = config.admin;
    const caFile = file('ca.pem', (one?.certificate ?? '') + (two?.certificate ?? ''));
    const env = {
      HOME: folder,
      FERRY_HUB: hub.url,
      FERRY_EMAIL: email,
      FERRY_PASSWORD: password,
      FERRY_CA_FILE: caFile,
    };
    return { url: new URL(hub.url), env };
  }

  async function handshake(url: URL, versions: object = {}): Promise<TLSSocket> {
    const socket = connect({ host: url.hostname, port: Number(url.port), rejectUnauthorized: false, ...versions });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    closing.push(async () => socket.destroy());
    return socket;
  }

  async function shown(url: URL): Promise<string | undefined> {
    const socket = await handshake(url);
    const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
    socket.destroy();
    return fingerprint;
  }

  test('shows a new one when the files change, while what is connected goes on', async () => {
    const [hubSays, agentsSay] = [new Heard(), new Heard()];
    const { url, env } = await start(hubSays);
    file('source/before', 'before');
    file('source/after', 'after');
    for (const name of ['source', 'destination']) {
      const { stdout } = await runFerry(['tokens', 'create', name], env);
      await (await agent(name, url, stdout.trim(), { caFile: env.FERRY_CA_FILE }, agentsSay.logger)).welcome;
    }
    const copy = (what: string) =>
      runFerry(['cp', `source:${folder}/source/${what}`, `destination:${folder}/destination/`], env);
    expect(await copy('before')).toMatchObject({ exitCode: 0 });

    // One of the two alone does not fit: until the other is there, nothing changes.
    put('hub.pem', two.certificate);
    await hubSays.line('the new certificate does not do, so the hub goes on with the one before');
    expect(await shown(url)).toBe(new X509Certificate(one.certificate).fingerprint256);
    put('hub.key', two.key);
    await hubSays.line('the hub shows a new certificate');

    expect(await shown(url)).toBe(new X509Certificate(two.certificate).fingerprint256);
    expect(await copy('after')).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(folder, 'destination', 'after'), 'utf8')).toBe('after');
    expect(agentsSay.lines.map(({ msg }) => msg)).toEqual(['connected to the hub', 'connected to the hub']);
    expect(hubSays.lines.map(({ msg }) => msg)).not.toContain('agent disconnected');
  });

  test('speaks TLS 1.3, and 1.2 with those who have no newer', async () => {
    const { url } = await start(new Heard());

    expect((await handshake(url)).getProtocol()).toBe('TLSv1.3');
    expect((await handshake(url, { maxVersion: 'TLSv1.2' })).getProtocol()).toBe('TLSv1.2');
  });

  test('hangs up on whoever speaks plain HTTP, and is not heard', async () => {
    const { url } = await start(new Heard());
    const socket = connectTcp(Number(url.port), url.hostname);
    socket.on('error', () => undefined);
    let heard = '';
    socket.on('data', (data) => {
      heard += data.toString('latin1');
    });

    socket.write('GET /api/v1/health HTTP/1.1\r\nHost: hub\r\n\r\n');

    await new Promise((resolve) => socket.once('close', resolve));
    expect(heard).not.toContain('HTTP');
  });

  test('gives browsers a cookie that travels encrypted only, and has them come back by HTTPS', async () => {
    const { url, env } = await start(new Heard());
    const body = JSON.stringify({ email: env.FERRY_EMAIL, password: env.FERRY_PASSWORD, transport: 'cookie' });
    const headers = {
      'content-type': 'application/json',
      origin: url.origin,
      'sec-fetch-site': 'same-origin',
      'x-ferryline': '1',
    };
    const ca = readFileSync(env.FERRY_CA_FILE ?? '', 'utf8');

    const answer = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      const asking = request(
        new URL('api/v1/auth/login', url),
        { method: 'POST', headers, ca, agent: false },
        (login) => {
          login.resume().once('end', () => resolve({ status: login.statusCode, ...login.headers }));
        },
      );
      asking.once('error', reject).end(body);
    });

    expect(answer).toMatchObject({ status: 200, 'strict-transport-security': 'max-age=31536000' });
    expect(String(answer['set-cookie'])).toMatch(/^__Host-.*; Secure/);
  });

  test.each([
    [
      'that has expired',
      () => put('hub.pem', makeSelfSignedCertificate({ names, from, until: from }).certificate),
      /expired/,
    ],
    ['whose key is that of another', () => put('hub.key', two.key), /does not belong to the certificate/],
    ['that is not there', () => rmSync(join(folder, 'hub.pem')), /hub\.pem cannot be read\. There is no such file/],
  ])('does not start with one %s, and leaves its data directory to the next', async (_which, spoil, sentence) => {
    put('hub.pem', one.certificate);
    put('hub.key', one.key);
    spoil();
    const config = { ...hubConfig(folder, 0), tls: tls() };

    await expect(startHub(config, { logger: new Heard().logger })).rejects.toThrow(sentence);

    put('hub.pem', one.certificate);
    put('hub.key', one.key);
    const hub = await startHub(config, { logger: new Heard().logger });
    await hub.close();
  });
});
