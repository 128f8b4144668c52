import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline } from '../system/ferryline.ts';
import { fileOnWire } from './file-on-wire.ts';
import { answerTo, decodeFrames, rawChunk, sha256 } from './frame.ts';
import { PollingStranger, problem } from './polling-stranger.ts';
import { knock } from './stranger.ts';

// PROTOCOL.md section 1.4, "Back to WebSocket".

const MIB = 1024 * 1024;

let ferryline: Ferryline;
let agentName: string;
let agentId: number;
let token: string;
let stranger: PollingStranger;
let agents = 0;

beforeAll(async () => {
  ferryline = await Ferryline.start();
  await ferryline.startBothAgents();
});
beforeEach(async () => {
  agents += 1;
  agentName = `mended-${agents}`;
  ({ token } = await ferryline.post<{ token: string }>('tokens', { agent: agentName }));
  stranger = await PollingStranger.connect(ferryline.hubUrl, token, { roots: [{ path: '/archive', access: 'rw' }] });
  const { items } = await ferryline.get<{ items: { id: number; name: string }[] }>('agents?limit=200');
  agentId = items.find(({ name }) => name === agentName)?.id ?? 0;
});
afterAll(() => ferryline.close());

describe('the control line of a session that polled', () => {
  test('goes on with what was not fetched, and what was lost on its way, in order', async () => {
    const answered = [ask()];
    expect((await stranger.poll(0)).status).toBe(200);
    answered.push(ask(), ask());

    const control = await stranger.goOver(0);

    expect(await control.hear()).toEqual({ type: 'resumed', after: 0 });
    for (let count = 0; count < 3; count += 1) {
      const { type, nonce } = await control.hear();
      expect(type).toBe('ping');
      control.say({ type: 'pong', nonce });
    }
    for (const answer of await Promise.all(answered)) expect(answer).toHaveProperty('roundTripMs');
    control.close();
  });

  test('does not say again what the agent has, and says what it took of the agent', async () => {
    const answered = ask();
    const { messages } = JSON.parse((await stranger.poll(0)).body.toString());
    await stranger.post(1, [{ type: 'pong', nonce: messages[0].nonce }]);
    await stranger.post(2, [{ type: 'pong', nonce: 'nothing' }]);
    await answered;

    const control = await stranger.goOver(1);

    expect(await control.hear()).toEqual({ type: 'resumed', after: 2 });
    const next = ask();
    const { nonce } = await control.hear();
    control.say({ type: 'pong', nonce });
    expect(await next).toMatchObject({ transport: 'websocket' });
    control.close();
  });

  test('is shown as one by WebSocket, and ends with it', async () => {
    const control = await stranger.goOver();
    await control.hear();
    await expect.poll(view).toMatchObject({ status: 'online', transport: 'websocket' });

    control.close();

    await expect.poll(view).toMatchObject({ status: 'offline', transport: 'websocket' });
    expect(problem(await stranger.poll())).toMatchObject({ status: 404 });
  });

  test('answers a request that waits with nothing, and refuses those that follow', async () => {
    const waiting = stranger.poll();
    await stranger.ask('GET', '/api/agent/poll?session=none&after=0');

    const control = await stranger.goOver();

    expect((await waiting).status).toBe(204);
    for (const answer of [stranger.poll(), stranger.post(1, [{ type: 'pong', nonce: '' }]), stranger.leave()]) {
      expect(problem(await answer)).toMatchObject({ status: 409, code: 'CONFLICT' });
    }
    const again = `/ws/agent?session=${stranger.session}&after=0`;
    expect(await knock(ferryline.hubUrl, again, bearer())).toMatchObject({ status: 409, code: 'CONFLICT' });
    control.close();
  });

  test.each(['agent', 'lane'])('a number at which the agent cannot stand ends the session: /ws/%s', async (door) => {
    const refusal = await knock(ferryline.hubUrl, `/ws/${door}?session=${stranger.session}&after=1`, bearer());

    expect(refusal).toMatchObject({ status: 400, code: 'PROTOCOL' });
    expect(JSON.parse((await stranger.poll(0)).body.toString()).messages).toMatchObject([{ type: 'refused' }]);
  });

  test.each(['agent', 'lane'])('A16: of another agent is not there: /ws/%s', async (door) => {
    const other = await ferryline.post<{ token: string }>('tokens', { agent: `other-${door}-${agents}` });
    const headers = { authorization: `Bearer ${other.token}` };
    const ask = (id: string) => knock(ferryline.hubUrl, `/ws/${door}?session=${id}&after=0`, headers);

    const foreign = await ask(stranger.session);

    expect(foreign).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await ask('00000000-0000-4000-8000-000000000000')).toEqual(foreign);
    const control = await stranger.goOver();
    control.close();
  });

  test('has its lane by polling, and opens no second one without saying where it stands', async () => {
    const path = `/ws/lane?session=${stranger.session}`;

    expect(await knock(ferryline.hubUrl, path, bearer())).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect(await knock(ferryline.hubUrl, `${path}&after=x`, bearer())).toMatchObject({
      status: 400,
      code: 'VALIDATION',
    });
    expect((await stranger.postLane(1)).status).toBe(204);
  });
});

describe('a file on its way while the session goes over', () => {
  test('from the agent arrives whole, and each chunk is acknowledged once', async () => {
    const content = randomBytes(8 * MIB);
    const path = join(ferryline.folder, 'destination', agentName);
    const run = await copy({ agent: agentName, path: '/archive/file' }, { agent: 'destination', path });
    await stranger.hear('scan');
    const identity = { dev: '1', ino: '1', size: content.length, mtimeNs: '0', ctimeNs: '0' };
    const entry = { kind: 'file', names: [], mode: 0o644, mtimeNs: '0', identity };
    await stranger.say({ type: 'entries', run, page: 0, skipped: [], last: true, entries: [entry] });
    const { frames, sent } = fileOnWire(content, only((await stranger.hear('send')).transfers));
    for (const frame of frames.slice(0, 4)) await stranger.sendFrames(frame);
    const acks = [...(await stranger.hearFrames(1))];

    const control = await stranger.goOver();
    expect(await control.hear()).toEqual({ type: 'resumed', after: stranger.said });
    // Its lane follows when it can; until then frames come by request still.
    for (const frame of frames.slice(4, 6)) await stranger.sendFrames(frame);
    acks.push(...(await stranger.hearFrames(1)));
    const lane = await stranger.goOverWithLane();
    for (const frame of frames.slice(6)) lane.sendFrames(frame);
    control.say(sent);

    acks.push(...stranger.unheardFrames());
    while (acks.length < frames.length) acks.push(...(await lane.hearFrames()));
    expect(await control.hear()).toMatchObject({ type: 'settled' });
    expect(acks.map(({ chunkIndex }) => chunkIndex).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect((await ferryline.settled(run)).counters).toMatchObject({ filesMoved: 1, bytesMoved: content.length });
    expect(sha256(await readFile(path))).toEqual(sha256(content));
    expect(problem(await stranger.pollLane())).toMatchObject({ status: 409 });
    control.close();
  });

  test.each([
    { what: 'again, when it was lost', received: 0 },
    { what: 'not again, when it arrived', received: 1 },
  ])('to the agent comes with all that waited, and what was answered last $what', async ({ received }) => {
    const content = randomBytes(6 * MIB);
    const path = join(ferryline.folder, 'source', agentName);
    await writeFile(path, content);
    await copy({ agent: 'source', path }, { agent: agentName, path: '/archive/file' });
    const { transfer, attempt } = only((await stranger.hear('receive')).transfers);
    await stranger.say({ type: 'receiving', transfers: [{ transfer, attempt, held: [] }] });
    const answered = decodeFrames((await stranger.pollLane(0)).body);
    const chunks = received === 0 ? [] : [...answered];

    const lane = await stranger.goOverWithLane(received);

    while (chunks.length < 6) chunks.push(...(await lane.hearFrames()));
    expect(chunks.map(({ chunkIndex }) => chunkIndex)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(sha256(...chunks.map(rawChunk))).toEqual(sha256(content));
    lane.sendFrames(...chunks.map((chunk) => answerTo(chunk, 'ack')));
    await stranger.hear('finish');
    await stranger.say({ type: 'finished', transfers: [{ transfer, attempt }] });
    await stranger.hear('settled');
    await stranger.leave();
  });
});

/** Has the hub ask the agent for a sign of life. */
function ask(): Promise<object> {
  return ferryline.post(`agents/${agentId}/test`, {});
}

function view(): Promise<object> {
  return ferryline.get(`agents/${agentId}`);
}

function bearer(): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

interface Place {
  readonly agent: string;
  readonly path: string;
}

async function copy(source: Place, destination: Place): Promise<number> {
  return (await ferryline.post<{ id: number }>('runs', { source, destination })).id;
}

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length !== 1) throw new Error(`${items.length} transfers and not one.`);
  return item;
}
