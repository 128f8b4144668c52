import type { AgentMessage } from '@ferryline/engine';
import { beforeEach, describe, expect, test } from 'vitest';
import { PollingLine } from './polling-line.ts';

const nobodyGone = new AbortController().signal;
const KIB = 1024;

let line: PollingLine;
let heard: AgentMessage[];
let refused: unknown[];

beforeEach(() => {
  [line, heard, refused] = [new PollingLine(), [], []];
  line.listen({
    heard(read) {
      try {
        heard.push(...read());
      } catch (thrown) {
        refused.push(thrown);
      }
    },
    closed: () => undefined,
  });
});

describe('what the hub says', () => {
  test('comes in the order in which it was said, as much as there is in one answer', async () => {
    for (const text of ['"a"', '"b"', '"c"']) line.say(text);

    expect(await line.poll(0, nobodyGone)).toEqual({ seq: 1, answer: ['"a"', '"b"', '"c"'] });
  });

  test('is fetched by the request that waits, all that is said in one turn', async () => {
    const waiting = line.poll(0, nobodyGone);

    for (const text of ['"a"', '"b"']) line.say(text);

    expect(await waiting).toEqual({ seq: 1, answer: ['"a"', '"b"'] });
  });

  test('counts as unread until it is named, and no longer', async () => {
    line.say('"12345678"');
    await line.poll(0, nobodyGone);
    expect(line.unreadBytes).toBe(10);
    line.say('"x"');
    expect(line.unreadBytes).toBe(13);

    await line.poll(1, nobodyGone);

    expect(line.unreadBytes).toBe(3);
  });

  test('fills an answer to 256 KiB and 1,000 messages, and goes alone when it is larger', async () => {
    for (const bytes of [100, 100, 100, 300, 1]) line.say('x'.repeat(bytes * KIB));
    for (let count = 0; count < 1_001; count += 1) line.say('1');

    const sizes = [];
    for (const after of [0, 1, 2, 3, 4]) sizes.push((await line.poll(after, nobodyGone))?.answer.length);

    expect(sizes).toEqual([2, 1, 1, 1_000, 2]);
  });

  test('of a session that is over is its last word alone, then that there is none', async () => {
    line.say('"a"');

    line.end({ kind: 'refused', lastWord: { type: 'refused', code: 'TIMEOUT', message: 'late' } });

    expect(line.unreadBytes).toBeLessThan(60);
    const last = { seq: 1, answer: ['{"type":"refused","code":"TIMEOUT","message":"late"}'] };
    expect(await line.poll(0, nobodyGone)).toEqual(last);
    expect(await line.poll(0, nobodyGone)).toEqual(last);
    await expect(line.poll(1, nobodyGone)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('wakes a request that waits when the session ends without a word', async () => {
    const waiting = line.poll(0, nobodyGone);

    line.end({ kind: 'over', reason: 'over' });

    await expect(waiting).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('what the agent says', () => {
  test('is taken once, whatever it is repeated with', async () => {
    await line.take(1, body({ type: 'pong', nonce: 'a' }), nobodyGone);
    await line.take(1, body({ type: 'pong', nonce: 'b' }), nobodyGone);

    expect(heard).toEqual([{ type: 'pong', nonce: 'a' }]);
  });

  test('has no gaps', async () => {
    const late = line.take(2, body({ type: 'pong', nonce: 'a' }), nobodyGone);

    await expect(late).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect(heard).toEqual([]);
  });

  test('waits while the session rests, and is not heard when its sender has gone', async () => {
    line.pause();
    const gone = new AbortController();
    const broken = line.take(1, body({ type: 'pong', nonce: 'a' }), gone.signal);
    const again = line.take(1, body({ type: 'pong', nonce: 'b' }), nobodyGone);
    gone.abort();
    await new Promise(setImmediate);
    expect(heard).toEqual([]);

    line.resume();
    await Promise.all([broken, again]);

    expect(heard).toEqual([{ type: 'pong', nonce: 'b' }]);
  });

  test.each([
    ['an empty list', Buffer.from('[]')],
    ['a message that is in no list', Buffer.from('{"type":"pong","nonce":""}')],
    ['more than 1,000 messages', Buffer.from(`[${Array(1_001).fill('{"type":"later"}')}]`)],
    ['what is no UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])],
    ['a malformed message after a good one', Buffer.from('[{"type":"pong","nonce":""},{"type":"pong"}]')],
  ])('breaks the protocol with %s', async (_what, bytes) => {
    await line.take(1, bytes, nobodyGone);

    expect(refused).toMatchObject([{ code: 'PROTOCOL' }]);
    expect(heard).toEqual([]);
  });
});

describe('a line that goes over', () => {
  test('hands on what has not arrived, in order, and the number that it took last', async () => {
    await line.take(1, body({ type: 'pong', nonce: 'a' }), nobodyGone);
    line.say('"a"');
    await line.poll(0, nobodyGone);
    line.say('"b"');

    expect(line.goOver(0)).toEqual({ taken: 1, unheard: ['"a"', '"b"'] });
  });

  test('does not hand on what the agent has', async () => {
    line.say('"a"');
    await line.poll(0, nobodyGone);
    line.say('"b"');

    expect(line.goOver(1)).toEqual({ taken: 0, unheard: ['"b"'] });
  });

  test('lets the request go that waits, and takes no other', async () => {
    const waiting = line.poll(0, nobodyGone);

    line.goOver(0);

    expect(await waiting).toBeUndefined();
    await expect(line.poll(0, nobodyGone)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(line.take(1, body(), nobodyGone)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('does not hear a body that rested meanwhile: the agent says it again', async () => {
    line.pause();
    const resting = line.take(1, body({ type: 'pong', nonce: 'a' }), nobodyGone);

    expect(line.goOver(0).taken).toBe(0);

    await expect(resting).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(heard).toEqual([]);
  });
});

function body(...messages: readonly object[]): Buffer {
  return Buffer.from(JSON.stringify(messages));
}
