import { once } from 'node:events';
import { type AgentMessage, encodeAckFrame, type HubMessage, MAX_LANE_MESSAGE_BYTES } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HubDialer } from '../dial/hub-dialer.ts';
import { ExampleListener, exampleHello, exampleWelcome } from './polling/example-listener.ts';
import { HubRequests } from './polling/hub-requests.ts';
import { PlayedHub } from './polling/played-hub.ts';
import { PollingTransport } from './polling-transport.ts';
import type { Connection } from './transport.ts';

const HELLO = 'POST /api/agent/session';
const POLL = 'GET /api/agent/poll';
const MESSAGES = 'POST /api/agent/messages';
const FROM_LANE = 'GET /api/agent/lane';
const TO_LANE = 'POST /api/agent/lane';
const GOODBYE = 'DELETE /api/agent/session';

const ack = encodeAckFrame({ transfer: 7, attempt: 1, chunkIndex: 0, rawLength: 5, digest: Buffer.alloc(32) });

let hub: PlayedHub;
let listener: ExampleListener;
let connection: Connection;

beforeEach(async () => {
  hub = await PlayedHub.start();
  listener = new ExampleListener();
});

afterEach(async () => {
  vi.useRealTimers();
  // Told here and not by the agent: nobody answers its farewell any more.
  const closing = connection.close('the test is over');
  await hub[Symbol.asyncDispose]();
  await closing;
});

const ping = (nonce: string): HubMessage => ({ type: 'ping', nonce });
const pong = (nonce: string): AgentMessage => ({ type: 'pong', nonce });

async function greet(url = hub.url): Promise<void> {
  const transport = new PollingTransport(url, new HubRequests(url, 'the token', new HubDialer(url)));
  connection = await transport.connect(listener);
  connection.sendMessage(exampleHello);
}

async function welcome(): Promise<void> {
  await greet();
  (await hub.next(HELLO)).answer(200, JSON.stringify(exampleWelcome));
  await listener.heard(1);
}

describe('hello by polling', () => {
  test('carries the token, and is answered with welcome', async () => {
    await greet();
    const hello = await hub.next(HELLO);

    hello.answer(200, JSON.stringify(exampleWelcome));

    await listener.heard(1);
    expect(listener.messages).toEqual([exampleWelcome]);
    expect(JSON.parse(hello.body.toString())).toEqual(exampleHello);
    expect(hello.headers).toMatchObject({ authorization: 'Bearer the token', 'content-type': 'application/json' });
    expect((await hub.next(POLL)).query.get('session')).toBe(exampleWelcome.session);
  });

  test.each([
    [409, 'CONFLICT'],
    [429, 'RATE_LIMITED'],
    [400, 'PROTOCOL'],
  ])('that is answered with %i %s is refused with that code', async (status, code) => {
    await greet();

    (await hub.next(HELLO)).refuse(status, code, 'The hub says why.');

    await listener.heard(1);
    expect(listener.messages).toEqual([{ type: 'refused', code, message: 'The hub says why.' }]);
  });

  test('that is answered with 401 is refused, and says what is wrong with the token', async () => {
    await greet();

    (await hub.next(HELLO)).answer(401);

    await listener.heard(1);
    expect(listener.messages).toMatchObject([
      { type: 'refused', code: 'UNAUTHENTICATED', message: expect.stringContaining('ferry tokens create') },
    ]);
  });

  test.each([
    ['by something that is no hub', 403, 'text/html', 'Not from here!'],
    ['by a hub that does not know polling', 404, 'application/problem+json', '{"code":"NOT_FOUND","detail":"?"}'],
    ['with a redirection', 302, 'text/plain', ''],
    ['with something else than welcome', 200, 'application/json', '{"type":"ping","nonce":""}'],
  ])('that is answered %s is tried again later', async (_how, status, type, body) => {
    await greet();

    (await hub.next(HELLO)).answer(status, body, { 'content-type': type, location: '/elsewhere' });

    expect(await listener.over).not.toBe('');
    expect(listener.messages).toEqual([]);
  });

  test('to a hub that is not there says so at once', async () => {
    const { url } = hub;
    await hub[Symbol.asyncDispose]();

    await greet(url);

    expect(await listener.over).toBe(`The hub at ${url.origin} cannot be reached: nothing listens there.`);
    hub = await PlayedHub.start();
  });
});

describe('what the hub says to an agent that polls', () => {
  beforeEach(welcome);

  test('is heard in order, each answer asked for after the one before', async () => {
    const first = await hub.next(POLL);
    first.say(1, ping('a'), ping('b'));
    const second = await hub.next(POLL);
    second.say(2, ping('c'));
    await listener.heard(4);

    expect(listener.messages.slice(1)).toEqual([ping('a'), ping('b'), ping('c')]);
    expect([first, second, await hub.next(POLL)].map(({ query }) => query.get('after'))).toEqual(['0', '1', '2']);
  });

  test('is heard without what a later hub says', async () => {
    (await hub.next(POLL)).answer(200, JSON.stringify({ seq: 1, messages: [{ type: 'later' }, ping('a')], more: 1 }));

    await listener.heard(2);
    expect(listener.messages.slice(1)).toEqual([ping('a')]);
  });

  test.each([
    ['F17: is lost on its way', (response: PlayedAnswer) => response.cut()],
    ['breaks off', (response: PlayedAnswer) => breakOff(response)],
    ['is 429', (response: PlayedAnswer) => response.answer(429)],
    ['is 502', (response: PlayedAnswer) => response.answer(502)],
    ['is 503', (response: PlayedAnswer) => response.answer(503)],
    ['is 504', (response: PlayedAnswer) => response.answer(504)],
  ])('is asked for again, unchanged, when the answer %s', async (_how, fail) => {
    (await hub.next(POLL)).say(1, ping('a'));
    fail(await hub.next(POLL));

    const again = await hub.next(POLL);
    again.say(2, ping('b'));

    expect(again.query.get('after')).toBe('1');
    await listener.heard(3);
    expect(listener.messages.slice(1)).toEqual([ping('a'), ping('b')]);
  });

  test('F18: is asked for soon, however often somebody in between cuts what has nothing to carry', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    for (let cut = 0; cut < 8; cut += 1) {
      const idle = await hub.next(POLL);
      vi.advanceTimersByTime(1_001);
      idle.cut();
      await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1 });
      vi.advanceTimersByTime(100);
    }

    expect((await hub.next(POLL)).query.get('after')).toBe('0');
  });

  test('is heard whole when it comes slowly', async () => {
    const { response } = await hub.next(POLL);
    for (const byte of Buffer.from(JSON.stringify({ seq: 1, messages: [ping('a')] }))) {
      response.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    response.end();

    await listener.heard(2);
    expect(listener.messages.slice(1)).toEqual([ping('a')]);
  });

  test.each([
    ['is numbered wrongly', JSON.stringify({ seq: 2, messages: [] }), /number 2 after number 0/],
    ['is no answer to a poll', '[]', /"seq" and "messages"/],
    ['holds what no hub says', '{"seq":1,"messages":[{"type":"ping"}]}', /"ping" is malformed/],
    ['A46: is too large', ' '.repeat(4 * 1024 * 1024 + 2_000), /more than 4195328 bytes/],
  ])('ends the connection when it %s', async (_how, body, reason) => {
    (await hub.next(POLL)).answer(200, body);

    expect(await listener.over).toMatch(reason);
  });

  test('A46: is not read on when it does not end', async () => {
    const { response } = await hub.next(POLL);
    const more = (): void => {
      while (response.write(Buffer.alloc(64 * 1024)));
    };
    response.on('drain', more);
    more();

    expect(await listener.over).toMatch(/more than 4195328 bytes/);
    if (!response.closed) await once(response, 'close');
  });

  test('A49: is not asked for without a pause when the hub has nothing to say at once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

    (await hub.next(POLL)).answer(204);

    await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1 });
    expect(hub.count(POLL)).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect((await hub.next(POLL)).query.get('after')).toBe('0');
  });

  test('is over for an agent whose session is gone', async () => {
    (await hub.next(POLL)).refuse(404, 'NOT_FOUND', 'There is no such session.');

    expect(await listener.over).toBe('the hub knows this session no more');
  });

  test.each([409, 500, 301])('is over with %i', async (status) => {
    (await hub.next(POLL)).answer(status);

    expect(await listener.over).toMatch(`HTTP ${status} to polling`);
  });

  test('is over, and not tried again, when the token is not good any more', async () => {
    (await hub.next(POLL)).answer(401);

    await listener.heard(2);
    expect(listener.messages[1]).toMatchObject({ type: 'refused', code: 'UNAUTHENTICATED' });
  });
});

describe('what an agent that polls says', () => {
  beforeEach(welcome);

  test('in one turn of the event loop goes in one request, and the next when that is answered', async () => {
    for (const nonce of ['a', 'b']) connection.sendMessage(pong(nonce));
    const first = await hub.next(MESSAGES);
    for (const nonce of ['c', 'd']) connection.sendMessage(pong(nonce));
    expect(hub.count(MESSAGES)).toBe(1);
    first.answer(204);
    const second = await hub.next(MESSAGES);

    expect(JSON.parse(first.body.toString())).toEqual([pong('a'), pong('b')]);
    expect(JSON.parse(second.body.toString())).toEqual([pong('c'), pong('d')]);
    expect([first, second].map(({ query }) => query.get('seq'))).toEqual(['1', '2']);
    expect(first.query.get('session')).toBe(exampleWelcome.session);
  });

  test('is said again, unchanged, when its answer is lost', async () => {
    connection.sendMessage(pong('a'));
    const lost = await hub.next(MESSAGES);
    connection.sendMessage(pong('b'));
    lost.cut();

    const again = await hub.next(MESSAGES);
    again.answer(204);

    expect([again.query.get('seq'), again.body.toString()]).toEqual(['1', lost.body.toString()]);
    expect(JSON.parse((await hub.next(MESSAGES)).body.toString())).toEqual([pong('b')]);
  });

  test('is at most 1,000 messages a request, and all of them in the end', async () => {
    for (let nonce = 0; nonce < 2_500; nonce += 1) connection.sendMessage(pong(String(nonce)));
    const counts: number[] = [];
    while (counts.reduce((sum, each) => sum + each, 0) < 2_500) {
      const request = await hub.next(MESSAGES);
      counts.push((JSON.parse(request.body.toString()) as unknown[]).length);
      request.answer(204);
    }

    expect(counts).toEqual([1_000, 1_000, 500]);
  });

  test('does not hide why the hub ended the session', async () => {
    const poll = await hub.next(POLL);
    connection.sendMessage(pong('a'));
    (await hub.next(MESSAGES)).refuse(404, 'NOT_FOUND', 'There is no such session.');
    poll.say(1, { type: 'refused', code: 'PROTOCOL', message: 'The hub says why.' });

    await listener.heard(2);
    expect(listener.messages[1]).toMatchObject({ type: 'refused', code: 'PROTOCOL' });
  });

  test('ends the connection when the hub does not take it, and says nothing in a poll', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    connection.sendMessage(pong('a'));

    (await hub.next(MESSAGES)).answer(413);

    await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1 });
    vi.advanceTimersByTime(2_000);
    expect(await listener.over).toMatch('HTTP 413 to polling');
  });

  test('ends with a farewell, for which it waits', async () => {
    const poll = await hub.next(POLL);
    let isTold = false;
    const closing = connection.close('the agent stops').then(() => expect(isTold).toBe(true));

    const goodbye = await hub.next(GOODBYE);
    isTold = true;
    goodbye.answer(204);

    await closing;
    expect(goodbye.query.get('session')).toBe(exampleWelcome.session);
    expect(await listener.over).toBe('the agent stops');
    if (!poll.response.closed) await once(poll.response, 'close');
  });

  test('is nothing any more after refused', async () => {
    (await hub.next(POLL)).say(1, { type: 'refused', code: 'CONFLICT', message: 'Another one is there.' });
    await listener.heard(2);

    await connection.close('the session is over');

    expect(hub.count(GOODBYE)).toBe(0);
  });
});

describe('a lane by polling', () => {
  beforeEach(async () => {
    await welcome();
    connection.openLane(exampleWelcome.session);
  });

  test('carries frames from the hub, each message asked for after the one before', async () => {
    const first = await hub.next(FROM_LANE);
    first.answer(200, Buffer.concat([ack, ack]), { 'ferry-seq': '1' });
    const second = await hub.next(FROM_LANE);
    second.cut();
    const third = await hub.next(FROM_LANE);
    third.answer(200, ack, { 'ferry-seq': '2' });

    await listener.received(3);
    expect([first, second, third, await hub.next(FROM_LANE)].map(({ query }) => query.get('after'))).toEqual([
      '0',
      '1',
      '1',
      '2',
    ]);
    expect(listener.frames.map(({ frame }) => frame)).toMatchObject(Array(3).fill({ kind: 'ack', transfer: 7 }));
  });

  test.each([
    ['has no number', {}, ack, /number NaN after number 0/],
    ['has a number that is not the next', { 'ferry-seq': '2' }, ack, /number 2 after number 0/],
    ['holds no frames', { 'ferry-seq': '1' }, Buffer.alloc(100), /./],
  ])('ends the connection when an answer %s', async (_how, headers, body, reason) => {
    (await hub.next(FROM_LANE)).answer(200, body, headers);

    expect(await listener.over).toMatch(reason);
    expect(listener.frames).toEqual([]);
  });

  test('A46: ends the connection when an answer says that it is too large', async () => {
    const { response } = await hub.next(FROM_LANE);

    response.writeHead(200, { 'ferry-seq': '1', 'content-length': String(MAX_LANE_MESSAGE_BYTES + 1) }).flushHeaders();

    expect(await listener.over).toMatch(/more than/);
  });

  test('carries frames to the hub, many in a request, one request at a time', async () => {
    for (let frame = 0; frame < 3; frame += 1) void connection.sendFrame(ack);
    const first = await hub.next(TO_LANE);
    for (let frame = 0; frame < 5; frame += 1) void connection.sendFrame(ack);
    // What comes in other turns shares the next request.
    await new Promise(setImmediate);
    for (let frame = 0; frame < 5; frame += 1) void connection.sendFrame(ack);
    await new Promise(setImmediate);
    expect(hub.count(TO_LANE)).toBe(1);
    first.cut();
    const again = await hub.next(TO_LANE);
    again.answer(204);
    const second = await hub.next(TO_LANE);

    expect(first.headers['content-type']).toBe('application/octet-stream');
    expect(first.body).toEqual(Buffer.concat(Array(3).fill(ack)));
    expect([again.query.get('seq'), again.body]).toEqual(['1', first.body]);
    expect([second.query.get('seq'), second.body]).toEqual(['2', Buffer.concat(Array(10).fill(ack))]);
  });

  test('has room for 4 MiB that wait, and says when it has again', async () => {
    const frame = Buffer.alloc(2 * 1024 * 1024);
    const done: number[] = [];
    const sent = [0, 1, 2].map((at) => connection.sendFrame(frame).then(() => done.push(at)));
    await Promise.all(sent.slice(0, 2));
    const first = await hub.next(TO_LANE);
    expect(done).toEqual([0, 1]);

    first.answer(204);

    await Promise.all(sent);
    expect(first.body.length).toBe(2 * frame.length);
    expect((await hub.next(TO_LANE)).body.length).toBe(frame.length);
  });

  test('lets go of those who wait for room when the connection ends', async () => {
    const frame = Buffer.alloc(5 * 1024 * 1024);
    const sent = connection.sendFrame(frame);

    void connection.close('the agent stops');

    await sent;
  });
});

type PlayedAnswer = Awaited<ReturnType<PlayedHub['next']>>;

/** The connection is cut in the middle of the answer. */
function breakOff({ response }: PlayedAnswer): void {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"seq":2,"messages":[', () => response.destroy());
}
