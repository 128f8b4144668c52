import { beforeEach, describe, expect, test } from 'vitest';
import type { OutgoingFrame } from '../dispatch/agent-links.ts';
import { LaneQueue } from '../session/lane-queue.ts';
import { PollingLane } from './polling-lane.ts';

const MIB = 1024 * 1024;
const nobodyGone = new AbortController().signal;

let lane: PollingLane;
let queue: LaneQueue;

beforeEach(() => {
  lane = new PollingLane();
  queue = new LaneQueue();
  queue.open(lane);
});

describe('frames that are fetched', () => {
  test('are a few MiB in one answer, and the rest can still be taken back', async () => {
    for (const mark of 'abcdefgh') queue.put(frame(MIB, mark));

    expect(await fetch(0)).toEqual({ seq: 1, marks: 'abcd' });
    expect(queue.takeBack(({ ref }) => ref.transfer === 'e'.charCodeAt(0))).toHaveLength(1);

    expect(await fetch(1)).toEqual({ seq: 2, marks: 'fgh' });
  });

  test('count as waiting until the next request says that they arrived', async () => {
    for (const mark of 'abcdef') queue.put(frame(MIB, mark));
    await fetch(0);
    expect(queue.waitingBytes).toBe(6 * MIB);

    await fetch(1);

    expect(queue.waitingBytes).toBe(2 * MIB);
  });

  test('are given again, the same bytes, when the answer was lost', async () => {
    queue.put(frame(MIB, 'a'));
    const first = await lane.poll(0, nobodyGone);
    queue.put(frame(MIB, 'b'));

    expect(await lane.poll(0, nobodyGone)).toEqual(first);
  });

  test('come alone when one is larger than an answer', async () => {
    for (const [mark, size] of [['a', 1], ['b', 64], ['c', 1]] as const) queue.put(frame(size * MIB, mark)); // biome-ignore format: a list reads best in one line

    expect([(await fetch(0))?.marks, (await fetch(1))?.marks, (await fetch(2))?.marks]).toEqual(['a', 'b', 'c']);
  });

  test('wake a request that waits', async () => {
    const waiting = fetch(0);

    queue.put(frame(2 * MIB, 'a'));

    expect(await waiting).toEqual({ seq: 1, marks: 'a' });
  });

  test('are gone with the session, and so is what was answered', async () => {
    for (const mark of 'ab') queue.put(frame(3 * MIB, mark));
    await fetch(0);

    lane.cut();

    expect(lane.unreadBytes).toBe(0);
    await expect(fetch(0)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('a message that is posted twice is heard once', () => {
  const heard: string[] = [];
  lane.listen({ heard: (read) => heard.push(read().toString()), closed: () => undefined });

  for (const [seq, text] of [[1, 'a'], [1, 'a'], [2, 'b'], [1, 'a']] as const) lane.take(seq, Buffer.from(text)); // biome-ignore format: a list reads best in one line

  expect(heard).toEqual(['a', 'b']);
  expect(() => lane.take(4, Buffer.from('d'))).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
});

describe('a lane that goes over', () => {
  test.each([
    { received: 0, handedOn: 'abcd', rest: 'ef' },
    { received: 1, handedOn: '', rest: 'ef' },
  ])('after answer $received hands on what has not arrived', async ({ received, handedOn, rest }) => {
    for (const mark of 'abcdef') queue.put(frame(MIB, mark));
    await fetch(0);
    const sent: string[] = [];
    const next = { isOpen: true, unreadBytes: 0, send: (bytes: Buffer) => void sent.push(markOf(bytes)) };

    const unsent = lane.goOver(received);
    queue.open(next);

    expect(unsent.map(({ bytes }) => markOf(bytes)).join('')).toBe(handedOn);
    expect(sent.join('')).toBe(rest);
    await expect(fetch(received)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

function frame(bytes: number, mark: string): OutgoingFrame {
  return { bytes: Buffer.alloc(bytes, mark), from: 1, ref: { transfer: mark.charCodeAt(0), attempt: 1 } };
}

function markOf(bytes: Buffer): string {
  return bytes.toString('latin1', 0, 1);
}

async function fetch(after: number): Promise<{ readonly seq: number; readonly marks: string } | undefined> {
  const found = await lane.poll(after, nobodyGone);
  return found && { seq: found.seq, marks: found.answer.map(markOf).join('') };
}
