import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { startHub } from '@ferryline/hub';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConnectProxy } from './system/connect-proxy.ts';
import { Ferryline, hubConfig } from './system/ferryline.ts';
import { HttpFront } from './system/http-front.ts';
import { Impostor } from './system/impostor.ts';
import { type Outcome, runFerry } from './system/run-ferry.ts';

interface Finding {
  readonly level: string;
  readonly what: string;
  readonly advice?: string;
}

let ferryline: Ferryline;
let token: string;
/** What the hub logs. */
const logged: string[] = [];
let folder: string;

beforeAll(async () => {
  const stream = new Writable({
    write: (line, _encoding, done) => {
      logged.push(String(line));
      done();
    },
  });
  ferryline = await Ferryline.start({}, pino({ level: 'info' }, stream));
  token = (await ferryline.post<{ token: string }>('tokens', { agent: 'looked-at' })).token;
});
afterAll(() => ferryline.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-doctor-'));
  mkdirSync(join(folder, 'root'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The settings of an agent of that hub, whose token is in a file. */
function environment(hub: URL | string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  writeFileSync(join(folder, 'token'), token);
  return {
    HOME: folder,
    FERRY_HUB: String(hub),
    FERRY_TOKEN_FILE: join(folder, 'token'),
    FERRY_ALLOW: `${join(folder, 'root')}:rw`,
    FERRY_STATE_DIR: join(folder, 'state'),
    ...more,
  };
}

/** Looks, checks that no secret is shown, and returns what each probe found; nothing for one that was passed over. */
async function examined(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly exitCode: number; readonly found: Readonly<Record<string, readonly Finding[]>> }> {
  const outcome = await runFerry(['doctor', '--json', ...args], env);
  expect(outcome.stderr).toBe('');
  expect(outcome.stdout).not.toContain(token);
  const { reports, exitCode } = JSON.parse(outcome.stdout) as {
    reports: { probe: string; findings?: Finding[] }[];
    exitCode: number;
  };
  expect(exitCode).toBe(outcome.exitCode);
  const found = Object.fromEntries(reports.flatMap(({ probe, findings }) => (findings ? [[probe, findings]] : [])));
  return { exitCode, found };
}

/** A finding of that level which says, with its advice, something that matches. */
function finding(level: string, sentences: RegExp): unknown {
  const what = expect.stringMatching(sentences);
  return expect.objectContaining(
    level === 'ok' ? { level, what } : { level, what, advice: expect.stringMatching(/\w/) },
  );
}

async function listening(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A hub before which something answers polls as PROTOCOL.md 1.4 says that a hub does. */
function polled({ url = '', headers }: IncomingMessage) {
  if (!url.startsWith('/api/agent/poll?session=none&after=0')) return undefined;
  return headers.authorization === `Bearer ${token}`
    ? { status: 404, code: 'NOT_FOUND' }
    : { status: 401, code: 'UNAUTHENTICATED' };
}

describe('ferry doctor', () => {
  test('finds nothing wrong with an agent that can work', async () => {
    const { exitCode, found } = await examined(environment(ferryline.hubUrl));

    expect(exitCode).toBe(0);
    const levels = Object.entries(found).flatMap(([probe, all]) => all.map(({ level }) => `${probe} ${level}`));
    expect(levels.filter((each) => each.endsWith('fail'))).toEqual([]);
    expect(found).toMatchObject({
      address: [finding('ok', /^127\.0\.0\.1 is 127\.0\.0\.1\.$/)],
      proxy: [finding('ok', /None: HTTP_PROXY is not set/)],
      connection: [finding('ok', /takes connections, within \d+ ms/)],
      tls: [finding('ok', /does not leave this machine/)],
      hub: [finding('ok', /Ferryline hub of version \d/)],
      websocket: [finding('ok', /gets through: \d+ ms .* \d+ ms from ping to pong/)],
      transport: [finding('ok', /WebSocket/)],
      token: [finding('ok', /accepts it/)],
      clock: [finding('ok', /the same/)],
      state: [finding('ok', /does not exist yet/)],
      versions: [finding('ok', /same version/)],
    });
  });

  test('says in lines what it says in JSON', async () => {
    const env = environment(ferryline.hubUrl, { FERRY_ALLOW: join(folder, 'nowhere') });

    const lines = (await runFerry(['doctor'], env)).stdout.trimEnd().split('\n');
    const { found, exitCode } = await examined(env);

    const inJson = Object.entries(found).flatMap(([probe, all]) => all.map((each) => ({ probe, ...each })));
    expect(exitCode).toBe(3);
    expect(lines).toHaveLength(inJson.length + 1);
    const withoutFigures = (text: string) => text.replace(/\d+(\.\d+)? (ms|%|[KMGT]iB)/g, '#');
    for (const [at, { probe, level, what, advice }] of inJson.entries()) {
      const expected = `${level.padEnd(5)} ${probe.padEnd(10)}  ${what}${advice === undefined ? '' : ` ${advice}`}`;
      expect(withoutFigures(lines[at] ?? '')).toBe(withoutFigures(expected));
    }
    expect(lines.at(-1)).toMatch(/^\d+ ok, \d+ to look at, 1 failed$/);
  });

  test('looks at this machine too when the hub is down, and says that nothing listens', async () => {
    const gone = createTcpServer();
    const address = await listening(gone);
    await once(gone.close(), 'close');

    const { exitCode, found } = await examined(environment(`http://${address}`));

    expect(exitCode).toBe(5);
    expect(found).toMatchObject({
      connection: [finding('fail', /nothing listens there/)],
      roots: [finding('ok', /can be read and written/)],
      versions: [finding('ok', /speaks protocol 1/)],
    });
    expect(Object.keys(found)).not.toContain('token');
  });

  test('says that the token is wrong, which is no fault of the way', async () => {
    writeFileSync(join(folder, 'wrong'), 'frl_wrong');
    const env = environment(ferryline.hubUrl, { FERRY_TOKEN_FILE: join(folder, 'wrong') });

    const { exitCode, found } = await examined(env);

    expect(exitCode).toBe(5);
    expect(found).toMatchObject({
      websocket: [finding('ok', /handshake reaches the hub/)],
      token: [finding('fail', /wrong, revoked or expired/)],
      clock: [finding('ok', /the same/)],
    });
  });

  test.each([
    ['nothing', '', 0, 'warn', /None was given/],
    ['a file that is not there', '/nonexistent/token', 5, 'fail', /cannot be read \(ENOENT\)/],
    ['a file that holds no token', 'binary', 5, 'fail', /cannot be one/],
  ])('goes on when it is given %s for a token', async (_which, file, expected, level, what) => {
    writeFileSync(join(folder, 'binary'), 'a\u0000b c');
    const env = environment(ferryline.hubUrl, { FERRY_TOKEN_FILE: file === 'binary' ? join(folder, file) : file });

    const { exitCode, found } = await examined(env);

    expect(exitCode).toBe(expected);
    expect(found).toMatchObject({ token: [finding(level, what)], clock: [finding('ok', /the same/)] });
  });

  test('a hub with a certificate of its own is believed by its pin', async () => {
    const config = { ...hubConfig(folder, 0), tls: { kind: 'selfSigned' } as const };
    const hub = await startHub(config, { logger: pino({ level: 'silent' }) });
    try {
      const env = environment(hub.url, { FERRY_TOKEN_FILE: '', FERRY_PIN: hub.fingerprint ?? '' });

      const [pinned, unknown] = [await examined(env), await examined({ ...env, FERRY_PIN: '' })];

      expect(pinned.exitCode).toBe(0);
      expect(pinned.found).toMatchObject({
        tls: [finding('ok', /^TLSv1\.3\..*sha256:/), finding('ok', /good until/), finding('ok', /the pinned one/)],
        hub: [finding('ok', /Ferryline hub/)],
      });
      expect(unknown.exitCode).toBe(5);
      expect(unknown.found.tls?.[0]?.what).toContain(hub.fingerprint);
      expect(unknown.found.tls?.[2]).toMatchObject({ level: 'fail', advice: expect.stringContaining('--pin') });
    } finally {
      await hub.close();
    }
  });

  test('A74: sends nothing to whoever shows another certificate than the pinned one, and says which', async () => {
    await using impostor = await Impostor.start();
    const env = environment(impostor.url, { FERRY_PIN: `sha256:${'ab'.repeat(32)}` });

    const { exitCode, found } = await examined(env);

    expect(exitCode).toBe(5);
    expect(found.tls?.[0]?.what).toContain(impostor.fingerprint);
    expect(found.tls?.[2]).toMatchObject({
      level: 'fail',
      advice: expect.stringContaining('somebody stands in between'),
    });
    expect(Object.keys(found)).not.toContain('websocket');
    await impostor.quiet();
    expect(impostor.heard).toBe('');
  });

  test('does not wait long for TLS from what says nothing', async () => {
    const server = createTcpServer((socket) => socket.on('error', () => undefined).resume());
    const { exitCode, found } = await examined(environment(`https://${await listening(server)}`));
    await once(server.close(), 'close');

    expect(exitCode).toBe(5);
    expect(found.tls).toEqual([finding('fail', /no encrypted connection came about \(no answer came in time\)/)]);
  });

  test('A74: sends no token by plain HTTP to another machine', async () => {
    let heard = '';
    const server = createTcpServer((socket) =>
      socket.on('error', () => undefined).on('data', (data) => (heard += data)),
    );
    const { port } = new URL(`http://${await listening(server)}`);
    // Any address of this machine, and not a loopback one by its look.
    const { exitCode, found } = await examined(environment(`http://0.0.0.0:${port}`));
    await once(server.close(), 'close');

    expect(exitCode).toBe(5);
    expect(found).toMatchObject({ connection: [finding('ok', /takes/)], tls: [finding('fail', /plain HTTP/)] });
    expect(heard).toBe('');
  });

  test('names the proxy that does not connect to the hub, and no password', async () => {
    const authorization = `Basic ${btoa('kim:open sesame')}`;
    await using proxy = await ConnectProxy.start({ routes: {}, authorization });
    const ask = (credentials: string) =>
      examined(environment('https://hub.test', { HTTPS_PROXY: proxy.url.replace('://', `://${credentials}@`) }));

    const [refused, unreachable] = [await ask('kim:wrong-password'), await ask('kim:open%20sesame')];

    expect(refused).toMatchObject({
      exitCode: 5,
      found: {
        address: [finding('ok', /the proxy looks it up/)],
        proxy: [finding('fail', /does not connect to hub\.test:443: it wants a name and password/)],
      },
    });
    expect(unreachable.found).toMatchObject({ proxy: [finding('fail', /answers HTTP 502/)] });
    expect(Object.keys(unreachable.found)).not.toContain('connection');
    expect(JSON.stringify([refused, unreachable])).not.toMatch(/wrong-password|sesame/);
  });

  test('goes through a proxy that connects to the hub', async () => {
    const target = `hub.test:${ferryline.hubUrl.port}`;
    await using proxy = await ConnectProxy.start({ routes: { [target]: Number(ferryline.hubUrl.port) } });
    const env = environment(`http://${target}`, { HTTP_PROXY: proxy.url, FERRY_INSECURE_HTTP: 'true' });

    const { exitCode, found } = await examined(env);

    expect(exitCode).toBe(0);
    expect(found).toMatchObject({
      proxy: [finding('ok', /127\.0\.0\.1:\d+ \(HTTP_PROXY\) answers, and connects to hub\.test/)],
      connection: [finding('ok', /through the proxy/)],
      tls: [finding('warn', /plain HTTP/)],
      websocket: [finding('ok', /gets through/)],
    });
    expect(new Set(proxy.asked)).toEqual(new Set([target]));
  });

  test.each([
    [
      'another web server',
      createServer((_request, response) => response.end('<h1>It works!</h1>')),
      /is no Ferryline hub: HTTP 200 came/,
    ],
    [
      'what speaks no HTTP',
      createTcpServer((socket) =>
        socket
          .on('error', () => undefined)
          .resume()
          .end('SSH-2.0-x\r\n'),
      ),
      /does not answer as a hub does/,
    ],
  ])('says that %s is no hub', async (_which, server, what) => {
    const { exitCode, found } = await examined(environment(`http://${await listening(server)}`));
    await once(server.close(), 'close');

    expect(exitCode).toBe(5);
    expect(found.hub).toEqual([finding('fail', what)]);
    expect(Object.keys(found)).not.toContain('token');
  });

  test.each([
    ['refuse', /HTTP 403 came, and not from a hub/],
    ['strip', /reaches the hub as a plain one/],
    ['silent', /accepted, and no pong came within 5 s/],
  ] as const)(
    'says that an agent would poll where something before the hub does this to WebSockets: %s',
    async (upgrades, what) => {
      const target = Number(ferryline.hubUrl.port);
      await using front = await HttpFront.start({ target, upgrades, answers: polled });

      const { exitCode, found } = await examined(environment(front.url));

      expect(exitCode).toBe(0);
      expect(found).toMatchObject({
        websocket: [finding('warn', what)],
        polling: [finding('ok', /gets through/)],
        transport: [finding('ok', /would poll, and try/)],
        token: [finding('ok', /accepts it/)],
      });
    },
  );

  test('says that no way is open where neither WebSockets nor polls get through', async () => {
    const answers = ({ url = '' }: IncomingMessage) =>
      url.startsWith('/api/agent/') ? { status: 403, code: 'a page' } : undefined;
    await using front = await HttpFront.start({ target: Number(ferryline.hubUrl.port), upgrades: 'refuse', answers });

    const { exitCode, found } = await examined(environment(front.url));

    expect(exitCode).toBe(5);
    expect(found).toMatchObject({ transport: [finding('fail', /No way is open/)], token: [finding('warn', /not be/)] });
  });

  test('leaves the agent that runs here connected, and says that it runs', async () => {
    const running = join(ferryline.folder, 'state-beside');
    const { token: its } = await ferryline.post<{ token: string }>('tokens', { agent: 'beside' });
    await ferryline.startAgentWithToken('beside', its, [`${join(folder, 'root')}:rw`]);
    const before = logged.length;
    const env = environment(ferryline.hubUrl, { FERRY_TOKEN_FILE: '', FERRY_TOKEN: its, FERRY_STATE_DIR: running });

    const looks = [await examined(env), await examined(env), await examined(env)];

    for (const { exitCode, found } of looks) {
      expect(exitCode).toBe(0);
      expect(found.websocket).toEqual([finding('ok', /gets through/)]);
      expect(found.token).toEqual([finding('ok', /accepts it/)]);
      expect(found.state?.at(-1)).toEqual(finding('ok', /uses it at this moment/));
      expect(JSON.stringify(found)).not.toContain(its);
    }
    expect(logged.slice(before).filter((line) => /agent (connected|disconnected|refused)/.test(line))).toEqual([]);
    const listed = await runFerry(['agents', 'test', 'beside'], {
      HOME: folder,
      FERRY_HUB: String(ferryline.hubUrl),
      FERRY_EMAIL: 'admin@example.test',
      FERRY_PASSWORD: 'a password for tests only',
    });
    expect(listed).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ['that does not exist', 'nowhere:ro', 3, /does not exist/],
    ['that is a file', 'file', 3, /is not a directory/],
    ['that holds the state', '.', 3, /lie within each other/],
  ])('fails for a root %s', async (_which, name, expected, what) => {
    writeFileSync(join(folder, 'file'), '');

    const { exitCode, found } = await examined(environment(ferryline.hubUrl), '--allow', `${folder}/${name}`);

    expect(exitCode).toBe(expected);
    expect(found.roots).toEqual([finding('fail', what)]);
  });

  test.each([
    [-60, 0, 'warn', /ahead of the hub/],
    [600, 3, 'fail', /behind the hub/],
  ])('says so when the hub says that it is %d s later than here', async (seconds, expected, level, what) => {
    const target = Number(ferryline.hubUrl.port);
    await using front = await HttpFront.start({ target, dateShiftMs: seconds * 1000 });

    const { exitCode, found } = await examined(environment(front.url));

    expect(exitCode).toBe(expected);
    expect(found.clock).toEqual([finding(level, what)]);
  });

  test('takes the options of ferry agent, and needs to know no more than the hub', async () => {
    const options = [
      '--name',
      'web-01',
      '--transport',
      'websocket',
      '--keep-partial',
      '3',
      '--log-level',
      'warn',
      '--state-dir',
      folder,
    ];
    const alone: Outcome = await runFerry(['doctor'], { HOME: folder });

    expect((await examined({ HOME: folder }, '--hub', `${ferryline.hubUrl}`, ...options)).exitCode).toBe(0);
    expect(alone).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/No hub is named.*FERRY_HUB/) });
  });

  test.each([
    ['FERRY_PIN', 'sha256:no', /--pin/],
    ['FERRY_CA_FILE', '/nonexistent/ca.pem', /cannot be read/],
    ['HTTPS_PROXY', 'socks5://kim:secret@proxy', /names no proxy/],
  ])('shows what is wrong with %s as a finding, and goes on', async (name, value, what) => {
    await using impostor = await Impostor.start({ names: ['hub.test'] });
    const hub = name === 'HTTPS_PROXY' ? 'https://hub.test' : impostor.url;

    const { exitCode, found } = await examined(environment(hub, { [name]: value }));

    expect(exitCode).toBe(5);
    expect(Object.values(found).flat()).toContainEqual(finding('fail', what));
    expect(found.roots).toEqual([finding('ok', /can be read/)]);
    expect(JSON.stringify(found)).not.toContain('kim:secret');
  });
});
