import { encodeAckFrame } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { exampleWelcome } from '../polling/example-listener.ts';
import type { AskedUpgrade } from '../polling/played-hub.ts';
import { ChoosingAgent, PROBE_MS, ping, pong, refuse, textsOf, whatIsOnItsWay } from './choosing-agent.ts';

const POLL = 'GET /api/agent/poll';
const MESSAGES = 'POST /api/agent/messages';
const FROM_LANE = 'GET /api/agent/lane';
const TO_LANE = 'POST /api/agent/lane';

const ack = (chunkIndex: number): Buffer =>
  encodeAckFrame({ transfer: 7, attempt: 1, chunkIndex, rawLength: 5, digest: Buffer.alloc(32) });

let agent: ChoosingAgent;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  agent = await ChoosingAgent.start();
});

afterEach(async () => {
  await agent[Symbol.asyncDispose]();
  vi.useRealTimers();
});

/** Moves the clock to where WebSockets are tried again. */
function untilProbe(): void {
  vi.advanceTimersByTime(PROBE_MS * 1.1);
}

describe('an agent that polls because it must', () => {
  /** The control connection of its own and the one that goes on, as far as both are accepted. */
  async function wayBack(): Promise<{ readonly upgrade: AskedUpgrade; readonly socket: WebSocket }> {
    untilProbe();
    const probe = await agent.accept(await agent.hub.nextUpgrade());
    const probed: unknown[] = [];
    probe.on('message', (data) => probed.push(data.toString()));
    const upgrade = await agent.hub.nextUpgrade();
    expect(probed).toEqual([]);
    return { upgrade, socket: await agent.accept(upgrade) };
  }

  test('goes back to WebSocket, and both say on it what the other has not heard', async () => {
    const connection = await agent.poll();
    (await agent.hub.next(POLL)).say(1, ping('a'));
    connection.sendMessage(pong('a'));
    (await agent.hub.next(MESSAGES)).answer(204);
    await agent.hub.next(POLL);
    connection.sendMessage(pong('b'));
    await agent.hub.next(MESSAGES);
    connection.sendMessage(pong('c'));

    const { upgrade, socket } = await wayBack();
    const { texts, heard } = textsOf(socket);
    connection.sendMessage(pong('d'));
    socket.send(JSON.stringify({ type: 'resumed', after: 1 }));
    socket.send(JSON.stringify(ping('e')));
    await heard(3);
    await agent.listener.heard(3);
    connection.sendMessage(pong('e'));
    await heard(4);

    expect(new URL(upgrade.request.url ?? '', agent.hub.url).searchParams.get('session')).toBe(exampleWelcome.session);
    expect(new URL(upgrade.request.url ?? '', agent.hub.url).searchParams.get('after')).toBe('1');
    expect(texts).toEqual(['b', 'c', 'd', 'e'].map(pong));
    expect(agent.listener.messages).toEqual([exampleWelcome, ping('a'), ping('e')]);
    await vi.waitUntil(() => agent.said.length === 2, { interval: 1 });
    expect(agent.said[1]).toBe('back on WebSocket');
    expect([agent.hub.count(POLL), agent.hub.count(MESSAGES)]).toEqual([2, 2]);
  });

  test('does not say again what the hub took and could not answer any more', async () => {
    const connection = await agent.poll();
    connection.sendMessage(pong('a'));
    await agent.hub.next(MESSAGES);
    connection.sendMessage(pong('b'));

    const { socket } = await wayBack();
    const { texts, heard } = textsOf(socket);
    socket.send(JSON.stringify({ type: 'resumed', after: 1 }));
    await heard(1);

    expect(texts).toEqual([pong('b')]);
  });

  test.each([2, 7])('leaves a hub that says it took %i bodies of one', async (after) => {
    const connection = await agent.poll();
    connection.sendMessage(pong('a'));
    (await agent.hub.next(MESSAGES)).answer(204);

    const { socket } = await wayBack();
    socket.send(JSON.stringify({ type: 'resumed', after }));

    expect(await agent.listener.over).toMatch(/has taken/);
  });

  test('takes its lane along when nothing of it is on its way: no frame is lost, and none comes twice', async () => {
    const connection = await agent.poll();
    connection.openLane(exampleWelcome.session);
    (await agent.hub.next(FROM_LANE)).answer(200, ack(0), { 'ferry-seq': '1' });
    void connection.sendFrame(ack(10));
    const onItsWay = await agent.hub.next(TO_LANE);
    void connection.sendFrame(ack(11));
    await agent.listener.received(1);

    const { socket } = await wayBack();
    socket.send(JSON.stringify({ type: 'resumed', after: 0 }));
    // Control messages go on; the lane waits.
    socket.send(JSON.stringify(ping('a')));
    await agent.listener.heard(2);
    await whatIsOnItsWay();
    expect(agent.hub.upgrades).toBe(3);
    void connection.sendFrame(ack(12));
    onItsWay.answer(204);
    const upgrade = await agent.hub.nextUpgrade();
    const lane = await agent.accept(upgrade);
    const frames: Buffer[] = [];
    lane.on('message', (data: Buffer) => frames.push(data));
    lane.send(ack(1));
    await agent.listener.received(2);
    void connection.sendFrame(ack(13));
    await vi.waitUntil(() => Buffer.concat(frames).length === 3 * ack(0).length, { interval: 1 });

    expect(new URL(upgrade.request.url ?? '', agent.hub.url).pathname).toBe('/ws/lane');
    expect(new URL(upgrade.request.url ?? '', agent.hub.url).searchParams.get('after')).toBe('1');
    expect(onItsWay.body).toEqual(ack(10));
    expect(Buffer.concat(frames)).toEqual(Buffer.concat([ack(11), ack(12), ack(13)]));
    expect(agent.listener.frames.map(({ frame }) => frame.chunkIndex)).toEqual([0, 1]);
    expect(agent.hub.count(TO_LANE)).toBe(1);
  });

  test('takes a lane along that was not used: it opens when the session wants it', async () => {
    const connection = await agent.poll();
    const { socket } = await wayBack();
    socket.send(JSON.stringify({ type: 'resumed', after: 0 }));
    await vi.waitUntil(() => agent.said.length === 2, { interval: 1 });
    expect(agent.hub.upgrades).toBe(3);

    connection.openLane(exampleWelcome.session);

    expect((await agent.hub.nextUpgrade()).request.url).toMatch(/^\/ws\/lane\?/);
  });

  test('polls on when the proof fails, and tries again', async () => {
    await agent.poll();
    await agent.hub.next(POLL);
    untilProbe();
    refuse(await agent.hub.nextUpgrade(), '403 Forbidden');
    const goesOn = 'polling goes on, because the WebSocket handshake was answered with 403';
    await vi.waitUntil(() => agent.said.includes(goesOn), { interval: 1 });
    expect(agent.hub.count(POLL)).toBe(1);

    const { socket } = await wayBack();
    socket.send(JSON.stringify({ type: 'resumed', after: 0 }));

    await vi.waitUntil(() => agent.said.includes('back on WebSocket'), { interval: 1 });
  });

  test('polls on from where it was when the session is not resumed', async () => {
    const connection = await agent.poll();
    (await agent.hub.next(POLL)).say(1, ping('a'));
    await agent.hub.next(POLL);
    connection.sendMessage(pong('a'));
    const first = await agent.hub.next(MESSAGES);
    untilProbe();
    await agent.accept(await agent.hub.nextUpgrade());
    refuse(await agent.hub.nextUpgrade(), '502 Bad Gateway');

    const again = await agent.hub.next(POLL);
    const second = await agent.hub.next(MESSAGES);

    expect(again.query.get('after')).toBe('1');
    expect([second.query.get('seq'), second.body]).toEqual(['1', first.body]);
    again.say(2, ping('b'));
    await agent.listener.heard(3);
  });

  test('is lost with the WebSocket that it has gone back to, and begins with WebSocket again', async () => {
    await agent.poll();
    const { socket } = await wayBack();
    socket.send(JSON.stringify({ type: 'resumed', after: 0 }));
    await vi.waitUntil(() => agent.said.length === 2, { interval: 1 });
    socket.terminate();
    await agent.listener.over;

    const connecting = agent.connect();

    await agent.accept(await agent.hub.nextUpgrade());
    await connecting;
  });

  test('does not go back any more when it has stopped', async () => {
    const connection = await agent.poll();
    await agent.leave(connection);
    untilProbe();
    await whatIsOnItsWay();

    expect(agent.hub.upgrades).toBe(1);
  });
});
