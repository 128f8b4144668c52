import { beforeEach, describe, expect, test } from 'vitest';
import { LaneQueue } from './lane-queue.ts';

const MIB = 1024 * 1024;

let queue: LaneQueue;
let sent: Buffer[];
let lane: { isOpen: true; unreadBytes: number; send(message: Buffer, taken: () => void): void };
/** Lets the lane take the oldest message. */
let takeOne: () => void;

beforeEach(() => {
  queue = new LaneQueue();
  sent = [];
  const waiting: { bytes: number; taken: () => void }[] = [];
  lane = {
    isOpen: true,
    unreadBytes: 0,
    send(message, taken) {
      sent.push(message);
      waiting.push({ bytes: message.length, taken });
      lane.unreadBytes += message.length;
    },
  };
  takeOne = () => {
    const oldest = waiting.shift();
    lane.unreadBytes -= oldest?.bytes ?? 0;
    oldest?.taken();
  };
});

describe('frames for a lane', () => {
  test('wait until it opens, and leave in the order in which they came', () => {
    put(MIB, 'a');
    put(10, 'b');
    put(MIB, 'c');
    expect(queue.waitingBytes).toBe(2 * MIB + 10);

    queue.open(lane);

    expect(sent.map((message) => message.toString('latin1', 0, 1))).toEqual(['a', 'b', 'c']);
  });

  test('share a message when they are small and come in one turn', async () => {
    queue.open(lane);
    for (const mark of ['a', 'b', 'c']) put(2, mark);
    expect(sent).toEqual([]);

    await new Promise(setImmediate);

    expect(sent.map(String)).toEqual(['aabbcc']);
  });

  test('are handed to it only while it has room, so that the rest can be taken back', () => {
    queue.open(lane);
    for (const mark of 'abcdefgh') put(MIB, mark);
    expect(sent).toHaveLength(4);

    queue.drop(({ ref }) => ref.transfer === 'f'.charCodeAt(0));
    for (const _ of 'abcdefg') takeOne();

    expect(sent.map((message) => message.toString('latin1', 0, 1)).join('')).toBe('abcdegh');
    expect(queue.waitingBytes).toBe(0);
  });

  test('count until the lane has taken them', () => {
    queue.open(lane);
    for (const mark of 'abcdef') put(MIB, mark);

    takeOne();

    expect(queue.waitingBytes).toBe(5 * MIB);
  });

  test('A51: do not keep the message alive that they were a small part of', () => {
    const message = Buffer.alloc(64 * MIB, 'm');
    put(0, 'm', message.subarray(0, MIB));
    put(0, 'm', message.subarray(MIB, MIB + 10));

    queue.open(lane);

    expect(sent.map((each) => each.buffer.byteLength < 2 * MIB)).toEqual([true, true]);
  });

  test('tell of whom most of them are', () => {
    expect(queue.heaviestSender).toBeUndefined();
    put(10, 'a', undefined, 7);
    put(30, 'b', undefined, 8);
    put(10, 'c', undefined, 7);

    expect(queue.heaviestSender).toBe(8);
  });

  test('leave no more when it is closed', () => {
    put(MIB, 'a');

    queue.close();
    put(10, 'b');

    expect(queue.waitingBytes).toBe(10);
    expect(sent).toEqual([]);
  });
});

/** A frame of so many bytes, of a transfer whose number is that of its mark. */
function put(length: number, mark: string, bytes = Buffer.alloc(length, mark), from = 1): void {
  queue.put({ bytes, from, ref: { transfer: mark.charCodeAt(0), attempt: 1 } });
}
