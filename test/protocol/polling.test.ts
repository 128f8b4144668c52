import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline } from '../system/ferryline.ts';
import { fileOnWire } from './file-on-wire.ts';
import { sha256 } from './frame.ts';
import type { Sending } from './messages.ts';
import { type Answer, PollingStranger, problem } from './polling-stranger.ts';
import { Stranger } from './stranger.ts';

// PROTOCOL.md section 1.4, with an agent that somebody else wrote.

const MIB = 1024 * 1024;
const ARCHIVE = { roots: [{ path: '/archive', access: 'ro' }] };

let ferryline: Ferryline;
let agentName: string;
let agentId: number;
let token: string;
let tokenId: number;
let stranger: PollingStranger;
let agents = 0;
/** What the hub has to say to an agent that asks and waits, while the other tests go on. */
let waited: Promise<readonly Timed[]>;

beforeAll(async () => {
  ferryline = await Ferryline.start();
  await ferryline.startAgent('destination', [`${join(ferryline.folder, 'destination')}:rw`]);
  const patient = await ferryline.post<{ token: string }>('tokens', { agent: 'patient' });
  const waiting = await PollingStranger.connect(ferryline.hubUrl, patient.token, ARCHIVE);
  waited = Promise.all([waiting.poll(), waiting.pollLane()].map(secondsOf));
  waited.catch(() => undefined);
});
beforeEach(async () => {
  agents += 1;
  agentName = `polling-${agents}`;
  ({ id: tokenId, token } = await ferryline.post<{ id: number; token: string }>('tokens', { agent: agentName }));
  stranger = await connect();
  agentId = (await agentView()).id;
});
afterAll(() => ferryline.close());

describe('a session that polls', () => {
  test('is shown as one, with when it polled last', async () => {
    expect(await agentView()).toMatchObject({
      status: 'online',
      transport: 'polling',
      lastPollAt: expect.stringMatching(/^\d{4}-/),
    });
  });

  test('is asked and answers, in requests that wait', async () => {
    const waiting = stranger.poll();
    const tested = ferryline.post(`agents/${agentId}/test`, {});
    const { seq, messages } = json(await waiting);
    expect({ seq, messages }).toEqual({ seq: 1, messages: [{ type: 'ping', nonce: expect.any(String) }] });

    await stranger.post(1, [{ type: 'pong', nonce: messages[0]?.nonce }]);

    expect(await tested).toMatchObject({ transport: 'polling', roundTripMs: expect.any(Number) });
  });

  test('F17: moves a file whole and once, though every answer of the hub is lost the first time', async () => {
    stranger.losesAnswers = true;
    const content = randomBytes(6 * MIB + 7);
    const { run, sending } = await offer(content);
    const { frames, sent } = fileOnWire(content, sending);

    for (const frame of frames) await stranger.sendFrames(frame);
    const acks = await stranger.hearFrames(frames.length);
    await stranger.say(sent);
    await stranger.hear('settled');

    expect(acks.map(({ chunkIndex }) => chunkIndex).toSorted()).toEqual(frames.map((_, index) => index));
    expect((await ferryline.settled(run)).counters).toMatchObject({ filesMoved: 1, bytesMoved: content.length });
    expect(sha256(await readFile(join(ferryline.folder, 'destination', agentName)))).toEqual(sha256(content));
  });

  test('ends when the agent says so, which it may do twice', async () => {
    expect((await stranger.leave()).status).toBe(204);
    expect((await stranger.leave()).status).toBe(204);

    expect(await agentView()).toMatchObject({ status: 'offline', transport: 'polling' });
    expect(problem(await stranger.poll())).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(problem(await stranger.post(1, [{ type: 'pong', nonce: '' }]))).toMatchObject({ status: 404 });
  });

  test('a second request takes the place of the first', async () => {
    const first = stranger.poll();
    const firstOfLane = stranger.pollLane();
    // Each in a connection of its own, and these are there before the others are made.
    await stranger.ask('GET', '/api/agent/poll?session=none&after=0');
    const second = stranger.poll();
    const secondOfLane = stranger.pollLane();

    expect([(await first).status, (await firstOfLane).status]).toEqual([204, 204]);
    void ferryline.post(`agents/${agentId}/test`, {});
    expect((await second).status).toBe(200);
    await stranger.leave();
    expect((await secondOfLane).status).toBe(404);
  });
});

describe('numbers', () => {
  test('an answer that was lost is given again, until it is named', async () => {
    const tested = ferryline.post(`agents/${agentId}/test`, {});
    const first = await stranger.poll(0);
    const again = await stranger.poll(0);
    expect(again.body).toEqual(first.body);
    await stranger.post(1, [{ type: 'pong', nonce: json(first).messages[0]?.nonce }]);
    await tested;
    const waiting = stranger.poll(1);
    void ferryline.post(`agents/${agentId}/test`, {});
    expect(json(await waiting)).toMatchObject({ seq: 2 });

    // A request that was long on its way disturbs nobody.
    expect((await stranger.poll(0)).status).toBe(204);
  });

  test.each([
    ['messages', () => stranger.post(2, [{ type: 'pong', nonce: '' }])],
    ['frames', () => stranger.postLane(2)],
    ['polls', () => stranger.poll(1)],
    ['polls of the lane', () => stranger.pollLane(7)],
  ])('a gap in the %s ends the session, and the reason can be fetched, twice', async (_what, ask) => {
    expect(problem(await ask())).toMatchObject({ status: 400, code: 'PROTOCOL' });

    for (const _ of ['once', 'again']) {
      expect(json(await stranger.poll(0))).toMatchObject({
        seq: 1,
        messages: [{ type: 'refused', code: 'PROTOCOL', message: expect.stringContaining('umber') }],
      });
    }
    expect(problem(await stranger.poll(1))).toMatchObject({ status: 404 });
    expect(await agentView()).toMatchObject({ status: 'offline' });
  });

  test('a body that was taken is answered, and not looked at again', async () => {
    expect((await stranger.post(1, [{ type: 'pong', nonce: 'x' }])).status).toBe(204);

    expect((await stranger.post(1, 'no JSON at all')).status).toBe(204);
    expect((await stranger.post(2, [{ type: 'pong', nonce: 'x' }])).status).toBe(204);
  });

  test('what breaks the protocol is answered, on record, and ends the session', async () => {
    expect(problem(await stranger.post(1, [{ type: 'pong' }]))).toMatchObject({ status: 400, code: 'PROTOCOL' });

    expect(json(await stranger.poll(0)).messages).toMatchObject([{ type: 'refused', code: 'PROTOCOL' }]);
    const { items } = await ferryline.get<{ items: object[] }>('audit?action=agent.refused');
    expect(items[0]).toMatchObject({ object: { name: agentName } });
  });
});

describe('the end of a token', () => {
  test('ends a request that waits with the reason', async () => {
    const waiting = stranger.poll();
    const tested = ferryline.post(`agents/${agentId}/test`, {}).catch(() => undefined);
    stranger.heard = json(await waiting).seq;
    const held = stranger.poll();

    await ferryline.post(`tokens/${tokenId}/revoke`, {});

    expect(json(await held).messages).toMatchObject([{ type: 'refused', code: 'UNAUTHENTICATED' }]);
    await tested;
    expect(problem(await stranger.poll(stranger.heard + 1))).toMatchObject({ status: 404 });
    expect(problem(await stranger.greet())).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });
});

describe('F33: a second session of the same agent, by polling', () => {
  test('takes over at once when it comes from the same instance', async () => {
    const instance = randomUUID();
    await stranger.leave();
    const first = await connect({ instance });
    const held = first.poll();

    const second = await connect({ instance });

    expect(problem(await held)).toMatchObject({ status: 404 });
    await expectAnswersPings(second);
  });

  test('is refused with CONFLICT when another instance answers pings, which goes on', async () => {
    const pinged = stranger.poll();
    const second = new PollingStranger(ferryline.hubUrl, token).greet();
    const { messages } = json(await pinged);
    await stranger.post(1, [{ type: 'pong', nonce: messages[0]?.nonce }]);
    [stranger.heard, stranger.said] = [1, 1];

    expect(problem(await second)).toMatchObject({
      status: 409,
      code: 'CONFLICT',
      detail: expect.stringContaining('already connected'),
    });
    await expectAnswersPings(stranger);
  });

  test('takes over within seconds when the other instance answers no ping, and either may be by WebSocket', async () => {
    const second = await Stranger.connect(ferryline.hubUrl, token);
    expect(await agentView()).toMatchObject({ transport: 'websocket' });
    second.answersPings = false;

    const third = await connect();

    await second.ended;
    expect(await agentView()).toMatchObject({ transport: 'polling' });
    await expectAnswersPings(third);
  });
});

test('a request that waits is answered with nothing after 25 s, within the deadlines of the server', async () => {
  const answers = await waited;

  // The hub pings after 15 s, which is something to say.
  expect(answers[0]).toMatchObject({ status: 200 });
  expect(answers[1]?.status).toBe(204);
  expect(answers[1]?.seconds).toBeGreaterThanOrEqual(25);
  expect(answers[1]?.seconds).toBeLessThan(27);
});

async function connect(fields: object = {}): Promise<PollingStranger> {
  return PollingStranger.connect(ferryline.hubUrl, token, { ...ARCHIVE, ...fields });
}

async function agentView(): Promise<{ readonly id: number }> {
  const { items } = await ferryline.get<{ items: { id: number; name: string }[] }>('agents?limit=200');
  const agent = items.find(({ name }) => name === agentName);
  if (agent === undefined) throw new Error('The agent is missing.');
  return agent;
}

async function expectAnswersPings(asked: PollingStranger): Promise<void> {
  const waiting = asked.poll();
  const tested = ferryline.post(`agents/${agentId}/test`, {});
  const { messages } = json(await waiting);
  await asked.say(...messages.map(({ nonce }) => ({ type: 'pong', nonce })));
  expect(await tested).toMatchObject({ roundTripMs: expect.any(Number) });
}

function json({ body }: Answer): { readonly seq: number; readonly messages: readonly Record<string, string>[] } {
  return JSON.parse(body.toString());
}

interface Timed {
  readonly status: number;
  readonly seconds: number;
}

async function secondsOf(asking: Promise<Answer>): Promise<Timed> {
  const startedAt = performance.now();
  const { status } = await asking;
  return { status, seconds: (performance.now() - startedAt) / 1_000 };
}

/** Has the hub copy a file of this content from the stranger to the destination. */
async function offer(content: Buffer): Promise<{ readonly run: number; readonly sending: Sending }> {
  const { id: run } = await ferryline.post<{ id: number }>('runs', {
    source: { agent: agentName, path: '/archive/file' },
    destination: { agent: 'destination', path: join(ferryline.folder, 'destination', agentName) },
  });
  await stranger.hear('scan');
  const identity = { dev: '1', ino: '1', size: content.length, mtimeNs: '0', ctimeNs: '0' };
  const entry = { kind: 'file', names: [], mode: 0o644, mtimeNs: '0', identity };
  await stranger.say({ type: 'entries', run, page: 0, skipped: [], last: true, entries: [entry] });
  const [sending] = (await stranger.hear('send')).transfers;
  if (sending === undefined) throw new Error('Nothing was asked for.');
  return { run, sending };
}
