import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ChoosingAgent, PROBE_MS, refuse, textsOf, whatIsOnItsWay } from './auto/choosing-agent.ts';
import { ExampleListener, exampleHello } from './polling/example-listener.ts';
import { type AskedUpgrade, PlayedHub } from './polling/played-hub.ts';

const HELLO = 'POST /api/agent/session';
const POLL = 'GET /api/agent/poll';

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

/** Says yes to the upgrade, and nothing after that. */
function acceptInSilence(upgrade: AskedUpgrade): void {
  void agent.accept(upgrade).then((socket) => socket.pause());
}

describe('an agent that may choose', () => {
  test('uses the WebSocket that carries a pong, on which it says hello only then', async () => {
    const connecting = agent.connect();
    const { texts, heard } = textsOf(await agent.accept(await agent.hub.nextUpgrade()));
    await connecting;

    await heard(1);
    expect(texts).toEqual([exampleHello]);
    expect([agent.hub.count(HELLO), agent.said]).toEqual([0, []]);
  });

  test.each([
    ['403 Forbidden', 'the WebSocket handshake was answered with 403'],
    ['404 Not Found', 'the WebSocket handshake was answered with 404'],
    ['200 OK', 'the WebSocket handshake was answered with 200'],
    ['502 Bad Gateway', 'the WebSocket handshake was answered with 502'],
  ])('F16: polls when the handshake is answered with %s', async (status, why) => {
    const connecting = agent.connect();
    refuse(await agent.hub.nextUpgrade(), status);
    await connecting;
    await agent.welcomed();

    expect(agent.said).toEqual([`connected by HTTPS polling, because ${why}`]);
    expect((await agent.hub.next(POLL)).query.get('after')).toBe('0');
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
      (upgrade: AskedUpgrade) => void agent.accept(upgrade).then((socket) => socket.close()),
      'the WebSocket was closed at once',
    ],
  ])('F16: polls when the handshake %s', async (_how, answer, why) => {
    const connecting = agent.connect();
    answer(await agent.hub.nextUpgrade());
    await connecting;
    await agent.welcomed();

    expect(agent.said).toEqual([expect.stringContaining(`connected by HTTPS polling, because ${why}`)]);
  });

  test.each([
    ['that is not answered', () => undefined, 'no WebSocket came about within 5 s'],
    ['that is taken and carries nothing', acceptInSilence, 'the WebSocket opened and stayed silent for 5 s'],
  ])('F16: polls after 5 s of an upgrade %s', async (_how, answer, why) => {
    const connecting = agent.connect();
    answer(await agent.hub.nextUpgrade());
    await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1 });
    await whatIsOnItsWay();
    vi.advanceTimersByTime(4_999);
    expect(agent.hub.count(HELLO)).toBe(0);
    vi.advanceTimersByTime(1);
    await connecting;
    await agent.welcomed();

    expect(agent.said).toEqual([`connected by HTTPS polling, because ${why}`]);
  });

  test('does not poll with a token that is not good', async () => {
    const connecting = agent.connect();
    const refused = expect(connecting).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    refuse(await agent.hub.nextUpgrade(), '401 Unauthorized');

    await refused;
    expect(agent.hub.count(HELLO)).toBe(0);
  });

  test('does not poll a hub that is not there', async () => {
    const gone = await PlayedHub.start();
    const { url } = gone;
    agent.moveTo(url);
    await gone[Symbol.asyncDispose]();

    await expect(agent.connect()).rejects.toMatchObject({
      code: 'AGENT_OFFLINE',
      message: `The hub at ${url.origin} cannot be reached: nothing listens there.`,
    });
  });

  test('remembers that polling worked, until it is time to try again', async () => {
    await agent.leave(await agent.poll());
    agent.listener = new ExampleListener();
    const again = await agent.connect();
    await agent.welcomed();
    expect(agent.hub.upgrades).toBe(1);
    await agent.leave(again);
    untilProbe();

    const connecting = agent.connect();

    await agent.accept(await agent.hub.nextUpgrade());
    await connecting;
  });

  test('does not remember a polling that was not welcome', async () => {
    const connecting = agent.connect();
    refuse(await agent.hub.nextUpgrade(), '403 Forbidden');
    await connecting;
    (await agent.hub.next(HELLO)).answer(403);
    await agent.listener.over;

    const again = agent.connect();

    await agent.accept(await agent.hub.nextUpgrade());
    await again;
  });

  test('forgets a polling that worked once, and is not welcome any more', async () => {
    await agent.leave(await agent.poll());
    agent.listener = new ExampleListener();
    await agent.connect();
    (await agent.hub.next(HELLO)).answer(403);
    await agent.listener.over;

    const again = agent.connect();

    await agent.accept(await agent.hub.nextUpgrade());
    await again;
  });
});
