import { randomBytes } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline, hubConfig, hubHttpSettings } from '../system/ferryline.ts';
import { type Answer, PollingStranger, problem } from './polling-stranger.ts';
import { hello } from './stranger.ts';

// PROTOCOL.md sections 1 and 1.4: what opens the agents' door to requests, and what they may cost.

const MIB = 1024 * 1024;
const OCTETS = 'application/octet-stream';

let ferryline: Ferryline;
let token: string;
let stranger: PollingStranger;
let agents = 0;
/** Of a user, for everything. To the agents' door they are two guesses, however often they are shown. */
let credentials: readonly string[];

beforeAll(async () => {
  ferryline = await Ferryline.start();
  const { accessToken } = await ferryline.post<{ accessToken: string }>('auth/login', hubConfig('', 0).admin ?? {});
  const { secret } = await ferryline.post<{ secret: string }>('keys', { name: 'door', scope: 'full' });
  credentials = [accessToken, secret];
});
beforeEach(async () => {
  agents += 1;
  ({ token } = await ferryline.post<{ token: string }>('tokens', { agent: `agent-${agents}` }));
  stranger = await PollingStranger.connect(ferryline.hubUrl, token);
});
afterAll(() => ferryline.close());

const requests: Readonly<Record<string, (asker: PollingStranger, session: string, more?: object) => Promise<Answer>>> =
  {
    'POST session': (asker, _session, more) =>
      asker.ask('POST', '/api/agent/session', { body: JSON.stringify(hello()), ...more }),
    'GET poll': (asker, session, more) => asker.ask('GET', `/api/agent/poll?session=${session}&after=0`, more),
    'POST messages': (asker, session, more) =>
      asker.ask('POST', `/api/agent/messages?session=${session}&seq=1`, { body: '[{"type":"later"}]', ...more }),
    'GET lane': (asker, session, more) => asker.ask('GET', `/api/agent/lane?session=${session}&after=0`, more),
    'POST lane': (asker, session, more) =>
      asker.ask('POST', `/api/agent/lane?session=${session}&seq=1`, { body: 'FRL1', type: OCTETS, ...more }),
    'DELETE session': (asker, session, more) => asker.ask('DELETE', `/api/agent/session?session=${session}`, more),
  };

describe.each(Object.entries(requests))('%s', (_request, ask) => {
  test('A12: opens to an agent token alone, in its place', async () => {
    const bearers = credentials.map((secret) => `Bearer ${secret}`);
    for (const authorization of [...bearers, `Basic ${token}`, '', stranger.session]) {
      const answer = await ask(stranger, stranger.session, { headers: { authorization } });

      expect(problem(answer)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    }
    await expectLives();
  });

  test.each(['origin', 'cookie'])('refuses what has an %s', async (header) => {
    const answer = await ask(stranger, stranger.session, { headers: { [header]: 'https://hub.example' } });

    expect(problem(answer)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    await expectLives();
  });
});

test.each(Object.entries(requests).slice(1))("A16: %s does not find another agent's session", async (_request, ask) => {
  const other = await ferryline.post<{ token: string }>('tokens', { agent: `other-${agents}` });
  const foreigner = new PollingStranger(ferryline.hubUrl, other.token);

  const foreign = problem(await ask(foreigner, stranger.session));

  expect(foreign).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect(problem(await ask(foreigner, '00000000-0000-4000-8000-000000000000'))).toEqual(foreign);
  await expectLives();
});

describe('A53: tokens that nobody was given', () => {
  test('are tried five times without a wait, and a session that is there goes on', async () => {
    await using stack = new AsyncDisposableStack();
    const hub = await Ferryline.start();
    stack.defer(() => hub.close());
    const good = await hub.post<{ token: string }>('tokens', { agent: 'known' });
    const known = await PollingStranger.connect(hub.hubUrl, good.token);
    const guess = (): Promise<Answer> =>
      new PollingStranger(hub.hubUrl, `fla_${randomBytes(32).toString('base64url')}`).ask(
        'GET',
        `/api/agent/poll?session=${known.session}&after=0`,
      );
    for (let count = 0; count < 5; count += 1) expect((await guess()).status).toBe(401);

    const sixth = await guess();

    expect(problem(sixth)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(0);
    expect((await known.post(1, [{ type: 'pong', nonce: '' }])).status).toBe(204);
  });
});

test('A57: a request for a foreign name is refused before its token is looked at', async () => {
  await using stack = new AsyncDisposableStack();
  const hub = await Ferryline.start({ http: { ...hubHttpSettings, hosts: ['hub.example'] } });
  stack.defer(() => hub.close());
  const asker = new PollingStranger(hub.hubUrl, 'wrong');
  const statusFor = async (host: string): Promise<number> =>
    (await asker.ask('POST', '/api/agent/session', { body: '{}', headers: { host } })).status;

  expect(await statusFor('evil.example')).toBe(421);
  expect(await statusFor('hub.example')).toBe(401);
});

describe('a body', () => {
  test.each([
    ['of messages', `messages?session=SESSION&seq=1`, 4 * MIB + 1, 'application/json'],
    ['of frames', `lane?session=SESSION&seq=1`, 65 * MIB + 1, OCTETS],
    ['with a hello', 'session', 4 * MIB + 1, 'application/json'],
  ])('%s that is too large is answered so, whether it says its size or not', async (_what, path, bytes, type) => {
    const url = `/api/agent/${path.replace('SESSION', stranger.session)}`;
    const body = Buffer.alloc(bytes, ' ');

    const said = await stranger.ask('POST', url, { body, type });
    const unsaid = await fetch(new URL(url, ferryline.hubUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body: new Blob([body]).stream(),
      duplex: 'half',
    });

    expect(problem(said)).toMatchObject({ status: 413, code: 'TOO_LARGE' });
    expect(await unsaid.json()).toMatchObject({ status: 413, code: 'TOO_LARGE' });
    await expectLives();
  });

  test('of a type that is not the one of its route is not read', async () => {
    const bytes = requests['POST messages']?.(stranger, stranger.session, { type: OCTETS });
    const json = requests['POST lane']?.(stranger, stranger.session, { type: 'application/json' });

    for (const answer of [await bytes, await json]) expect(answer?.status).toBe(415);
    await expectLives();
  });

  test('A46: that does not arrive is broken off by the next one of its stream, and no other', async () => {
    const [stuck, bystander] = [unfinished('messages'), unfinished('lane')];
    await Promise.all([stuck.isHeard, bystander.isHeard]);

    expect((await stranger.post(1, [{ type: 'pong', nonce: '' }])).status).toBe(204);

    await stuck.isOver;
    expect(bystander.socket.closed).toBe(false);
    await stranger.postLane(1);
    await bystander.isOver;
  });
});

async function expectLives(): Promise<void> {
  stranger.said += 1;
  expect((await stranger.post(stranger.said, [{ type: 'pong', nonce: '' }])).status).toBe(204);
}

/** A request whose body never ends. Its `Expect` has the hub say that it waits for the body. */
function unfinished(path: string) {
  const socket = connectTcp(Number(ferryline.hubUrl.port), ferryline.hubUrl.hostname);
  const heard = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  socket.once('data', () => heard.resolve());
  socket.on('error', () => undefined);
  socket.once('close', () => over.resolve());
  const type = path === 'lane' ? OCTETS : 'application/json';
  socket.write(
    `POST /api/agent/${path}?session=${stranger.session}&seq=1 HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: ${type}\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n[`,
  );
  return { socket, isHeard: heard.promise, isOver: over.promise };
}
