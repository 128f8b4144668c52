import { type AgentMessage, encodeAckFrame, type HubMessage } from '@ferryline/engine';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { HubDialer } from '../dial/hub-dialer.ts';
import { AutoTransport } from './auto-transport.ts';
import { ExampleListener, exampleHello, exampleWelcome } from './polling/example-listener.ts';
import { HubRequests } from './polling/hub-requests.ts';
import { type AskedUpgrade, PlayedHub } from './polling/played-hub.ts';
import { PollingTransport } from './polling-transport.ts';
import type { Connection } from './transport.ts';
import { HubSockets } from './websocket/hub-sockets.ts';

const HELLO = 'POST /api/agent/session';
const POLL = 'GET /api/agent/poll';
const MESSAGES = 'POST /api/agent/messages';
const FROM_LANE = 'GET /api/agent/lane';
const TO_LANE = 'POST /api/agent/lane';
const PROBE_MS = 300_000;

let hub: PlayedHub;
let sockets: WebSocketServer;
let listener: ExampleListener;
let said: string[];
let transport: AutoTransport;
let connection: Connection | undefined;
const stop = new AbortController();

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  hub = await PlayedHub.start();
  sockets = new WebSocketServer({ noServer: true });
  listener = new ExampleListener();
  said = [];
  transport = transportTo(hub.url);
});

afterEach(async () => {
  const closing = connection?.close('the test is over');
  connection = undefined;
  for (const socket of sockets.clients) socket.terminate();
  await hub[Symbol.asyncDispose]();
  await closing;
  vi.useRealTimers();
});

function transportTo(url: URL): AutoTransport {
  const dialer = new HubDialer(url);
  const write = (line: string): void => void said.push((JSON.parse(line) as { msg: string }).msg);
  return new AutoTransport({
    sockets: new HubSockets(url, 'token', dialer),
    polling: new PollingTransport(url, new HubRequests(url, 'token', dialer)),
    logger: pino({ level: 'debug' }, { write }),
    probeIntervalMs: PROBE_MS,
  });
}

const ping = (nonce: string): HubMessage => ({ type: 'ping', nonce });
const pong = (nonce: string): AgentMessage => ({ type: 'pong', nonce });

const ack = (chunkIndex: number): Buffer =>
  encodeAckFrame({ transfer: 7, attempt: 1, chunkIndex, rawLength: 5, digest: Buffer.alloc(32) });

function answered({ socket }: AskedUpgrade, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

function accepted({ request, socket, head }: AskedUpgrade): Promise<WebSocket> {
  return new Promise((resolve) => sockets.handleUpgrade(request, socket, head, resolve));
}

/** Says yes to the upgrade, and nothing after that. */
function acceptedInSilence({ request, socket }: AskedUpgrade): void {
  sockets.once('connection', (websocket) => websocket.pause());
  sockets.handleUpgrade(request, socket, Buffer.alloc(0), (websocket) =>
    sockets.emit('connection', websocket, request),
  );
}

/** The texts that a WebSocket carries, from now on. */
function textsOf(socket: WebSocket): { readonly texts: unknown[]; heard(count: number): Promise<void> } {
  const texts: unknown[] = [];
  socket.on('message', (data) => texts.push(JSON.parse(data.toString())));
  return { texts, heard: (count) => vi.waitUntil(() => texts.length >= count, { interval: 1 }).then(() => undefined) };
}

async function connect(): Promise<Connection> {
  connection = await transport.connect(listener, stop.signal);
  connection.sendMessage(exampleHello);
  return connection;
}

/** An agent that polls, because its upgrade was refused. */
async function polling(): Promise<Connection> {
  const connecting = connect();
  answered(await hub.nextUpgrade(), '403 Forbidden');
  const connected = await connecting;
  await welcomed();
  return connected;
}

async function welcomed(): Promise<void> {
  (await hub.next(HELLO)).answer(200, JSON.stringify(exampleWelcome));
  await listener.heard(1);
}

/** What was sent on loopback arrives. */
async function whatIsOnItsWay(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
}

/** Ends a connection, and has the hub hear it. */
async function left(polling: Connection): Promise<void> {
  const closing = polling.close('the agent stops');
  (await hub.next('DELETE /api/agent/session')).answer(204);
  await closing;
}

/** Moves the clock to where WebSockets are tried again. */
function untilProbe(): void {
  vi.advanceTimersByTime(PROBE_MS * 1.1);
}

describe('an agent that may choose', () => {
  test('uses the WebSocket that carries a pong, on which it says hello only then', async () => {
    const connecting = connect();
    const { texts, heard } = textsOf(await accepted(await hub.nextUpgrade()));
    await connecting;

    await heard(1);
    expect(texts).toEqual([exampleHello]);
    expect([hub.count(HELLO), said]).toEqual([0, []]);
  });

  test.each([
    ['403 Forbidden', 'the WebSocket handshake was answered with 403'],
    ['404 Not Found', 'the WebSocket handshake was answered with 404'],
    ['200 OK', 'the WebSocket handshake was answered with 200'],
    ['502 Bad Gateway', 'the WebSocket handshake was answered with 502'],
  ])('F16: polls when the handshake is answered with %s', async (status, why) => {
    const connecting = connect();
    answered(await hub.nextUpgrade(), status);
    await connecting;
    await welcomed();

    expect(said).toEqual([`connected by HTTPS polling, because ${why}`]);
    expect((await hub.next(POLL)).query.get('after')).toBe('0');
  });

  test.each([
    [
      'is cut',
      (upgrade: AskedUpgrade) => void upgrade.socket.destroy(),
      'the WebSocket handshake failed: the connection was cut',
    ],
    [
      'is answered with nonsense',
      (upgrade: AskedUpgrade) => void upgrade.socket.end('nonsense\r\n\r\n'),
      'the WebSocket handshake failed: ',
    ],
    [
      'is taken, and the WebSocket closed',
      (upgrade: AskedUpgrade) => void accepted(upgrade).then((socket) => socket.close()),
      'the WebSocket was closed at once',
    ],
  ])('F16: polls when the handshake %s', async (_how, answer, why) => {
    const connecting = connect();
    answer(await hub.nextUpgrade());
    await connecting;
    await welcomed();

    expect(said).toEqual([expect.stringContaining(`connected by HTTPS polling, because ${why}`)]);
  });

  test.each([
    ['that is not answered', () => undefined, 'no WebSocket came about within 5 s'],
    ['that is taken and carries nothing', acceptedInSilence, 'the WebSocket opened and stayed silent for 5 s'],
  ])('F16: polls after 5 s of an upgrade %s', async (_how, answer, why) => {
    const connecting = connect();
    answer(await hub.nextUpgrade());
    await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1 });
    await whatIsOnItsWay();
    vi.advanceTimersByTime(4_999);
    expect(hub.count(HELLO)).toBe(0);
    vi.advanceTimersByTime(1);
    await connecting;
    await welcomed();

    expect(said).toEqual([`connected by HTTPS polling, because ${why}`]);
  });

  test('does not poll with a token that is not good', async () => {
    const connecting = connect();
    const refused = expect(connecting).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    answered(await hub.nextUpgrade(), '401 Unauthorized');

    await refused;
    expect(hub.count(HELLO)).toBe(0);
  });

  test('does not poll a hub that is not there', async () => {
    const gone = await PlayedHub.start();
    const { url } = gone;
    transport = transportTo(url);
    await gone[Symbol.asyncDispose]();

    await expect(connect()).rejects.toMatchObject({
      code: 'AGENT_OFFLINE',
      message: `The hub at ${url.origin} cannot be reached: nothing listens there.`,
    });
  });

  test('remembers that polling worked, until it is time to try again', async () => {
    await left(await polling());
    listener = new ExampleListener();
    const again = await connect();
    await welcomed();
    expect(hub.upgrades).toBe(1);
    await left(again);
    untilProbe();

    const connecting = connect();

    await accepted(await hub.nextUpgrade());
    await connecting;
  });

  test('does not remember a polling that was not welcome', async () => {
    const connecting = connect();
    answered(await hub.nextUpgrade(), '403 Forbidden');
    await connecting;
    (await hub.next(HELLO)).answer(403);
    await listener.over;

    const again = connect();

    await accepted(await hub.nextUpgrade());
    await again;
  });

  test('forgets a polling that worked once, and is not welcome any more', async () => {
    await left(await polling());
    listener = new ExampleListener();
    await connect();
    (await hub.next(HELLO)).answer(403);
    await listener.over;

    const again = connect();

    await accepted(await hub.nextUpgrade());
    await again;
  });
});

describe('an agent that polls because it must', () => {
  /** The control connection of its own and the one that goes on, as far as both are accepted. */
  async function wayBack(): Promise<{ readonly upgrade: AskedUpgrade; readonly socket: WebSocket }> {
    untilProbe();
    const probe = await accepted(await hub.nextUpgrade());
    const probed: unknown[] = [];
    probe.on('message', (data) => probed.push(data.toString()));
    const upgrade = await hub.nextUpgrade();
    expect(probed).toEqual([]);
    return { upgrade, socket: await accepted(upgrade) };
  }

  test('goes back to WebSocket, and both say on it what the other has not heard', async () => {
    const agent = await polling();
    (await hub.next(POLL)).say(1, ping('a'));
    agent.sendMessage(pong('a'));
    (await hub.next(MESSAGES)).answer(204);
    await hub.next(POLL);
    agent.sendMessage(pong('b'));
    await hub.next(MESSAGES);
    agent.sendMessage(pong('c'));

    const { upgrade, socket } = await wayBack();
    const { texts, heard } = textsOf(socket);
    agent.sendMessage(pong('d'));
    socket.send(JSON.stringify({ type: 'resumed', after: 1 }));
    socket.send(JSON.stringify(ping('e')));
    await heard(3);
    await listener.heard(3);
    agent.sendMessage(pong('e'));
    await heard(4);

    expect(new URL(upgrade.request.url ?? '', hub.url).searchParams.get('session')).toBe(exampleWelcome.session);
    expect(new URL(upgrade.request.url ?? '', hub.url).searchParams.get('after')).toBe('1');
    expect(texts).toEqual(['b', 'c', 'd', 'e'].map(pong));
    expect(listener.messages).toEqual([exampleWelcome, ping('a'), ping('e')]);
    await vi.waitUntil(() => said.length === 2, { interval: 1 });
    expect(said[1]).toBe('back on WebSocket');
    expect([hub.count(POLL), hub.count(MESSAGES)]).toEqual([2, 2]);
  });

  test('does not say again what the hub took and could not answer any more', async () => {
    const agent = await polling();
    agent.sendMessage(pong('a'));
    await hub.next(MESSAGES);
    agent.sendMessage(pong('b'));

    const { socket } = await wayBack();
    const { texts, heard } = textsOf(socket);
    socket.send(JSON.stringify({ type: 'resumed', after: 1 }));
    await heard(1);

    expect(texts).toEqual([pong('b')]);
  });

  test.each([2, 7])('leaves a hub that says it took %i bodies of one', async (after) => {
    const agent = await polling();
    agent.sendMessage(pong('a'));
    (await hub.next(MESSAGES)).answer(204);

    const { socket } = await wayBack();
    socket.send(JSON.stringify({ type: 'resumed', after }));

    expect(await listener.over).toMatch(/has taken/);
  });

  test('takes its lane along when nothing of it is on its way: no frame is lost, and none comes twice', async () => {
    const agent = await polling();
    agent.openLane(exampleWelcome.session);
    (await hub.next(FROM_LANE)).answer(200, ack(0), { 'ferry-seq': '1' });
    void agent.sendFrame(ack(10));
    const onItsWay = await hub.next(TO_LANE);
    void agent.sendFrame(ack(11));
    await listener.received(1);

    const { socket } = await wayBack();
    socket.send(JSON.stringify({ type: 'resumed', after: 0 }));
    // Control messages go on; the lane waits.
    socket.send(JSON.stringify(ping('a')));
    await listener.heard(2);
    await whatIsOnItsWay();
    expect(hub.upgrades).toBe(3);
    void agent.sendFrame(ack(12));
    onItsWay.answer(204);
    const upgrade = await hub.nextUpgrade();
    const lane = await accepted(upgrade);
    const frames: Buffer[] = [];
    lane.on('message', (data: Buffer) => frames.push(data));
    lane.send(ack(1));
    await listener.received(2);
    void agent.sendFrame(ack(13));
    await vi.waitUntil(() => Buffer.concat(frames).length === 3 * ack(0).length, { interval: 1 });

    expect(new URL(upgrade.request.url ?? '', hub.url).pathname).toBe('/ws/lane');
    expect(new URL(upgrade.request.url ?? '', hub.url).searchParams.get('after')).toBe('1');
    expect(onItsWay.body).toEqual(ack(10));
    expect(Buffer.concat(frames)).toEqual(Buffer.concat([ack(11), ack(12), ack(13)]));
    expect(listener.frames.map(({ frame }) => frame.chunkIndex)).toEqual([0, 1]);
    expect(hub.count(TO_LANE)).toBe(1);
  });

  test('takes a lane along that was not used: it opens when the session wants it', async () => {
    const agent = await polling();
    const { socket } = await wayBack();
    socket.send(JSON.stringify({ type: 'resumed', after: 0 }));
    await vi.waitUntil(() => said.length === 2, { interval: 1 });
    expect(hub.upgrades).toBe(3);

    agent.openLane(exampleWelcome.session);

    expect((await hub.nextUpgrade()).request.url).toMatch(/^\/ws\/lane\?/);
  });

  test('polls on when the proof fails, and tries again', async () => {
    await polling();
    await hub.next(POLL);
    untilProbe();
    answered(await hub.nextUpgrade(), '403 Forbidden');
    const goesOn = 'polling goes on, because the WebSocket handshake was answered with 403';
    await vi.waitUntil(() => said.includes(goesOn), { interval: 1 });
    expect(hub.count(POLL)).toBe(1);

    const { socket } = await wayBack();
    socket.send(JSON.stringify({ type: 'resumed', after: 0 }));

    await vi.waitUntil(() => said.includes('back on WebSocket'), { interval: 1 });
  });

  test('polls on from where it was when the session is not resumed', async () => {
    const agent = await polling();
    (await hub.next(POLL)).say(1, ping('a'));
    await hub.next(POLL);
    agent.sendMessage(pong('a'));
    const first = await hub.next(MESSAGES);
    untilProbe();
    await accepted(await hub.nextUpgrade());
    answered(await hub.nextUpgrade(), '502 Bad Gateway');

    const again = await hub.next(POLL);
    const second = await hub.next(MESSAGES);

    expect(again.query.get('after')).toBe('1');
    expect([second.query.get('seq'), second.body]).toEqual(['1', first.body]);
    again.say(2, ping('b'));
    await listener.heard(3);
  });

  test('is lost with the WebSocket that it has gone back to, and begins with WebSocket again', async () => {
    await polling();
    const { socket } = await wayBack();
    socket.send(JSON.stringify({ type: 'resumed', after: 0 }));
    await vi.waitUntil(() => said.length === 2, { interval: 1 });
    socket.terminate();
    await listener.over;

    const connecting = connect();

    await accepted(await hub.nextUpgrade());
    await connecting;
  });

  test('does not go back any more when it has stopped', async () => {
    const agent = await polling();
    await left(agent);
    untilProbe();
    await whatIsOnItsWay();

    expect(hub.upgrades).toBe(1);
  });
});
