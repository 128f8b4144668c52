import { describe, expect, test } from 'vitest';
import { OutgoingMessages } from './outgoing-messages.ts';

const pong = (nonce: string) => ({ type: 'pong', nonce }) as const;

function body(outgoing: OutgoingMessages): string {
  return Buffer.concat(outgoing.next() ?? []).toString();
}

describe('OutgoingMessages', () => {
  test('gives the same body until it was taken, whatever comes meanwhile', () => {
    const outgoing = new OutgoingMessages();
    for (const nonce of ['a', 'b']) outgoing.add(pong(nonce));
    const first = body(outgoing);
    outgoing.add(pong('c'));

    expect(JSON.parse(first)).toEqual([pong('a'), pong('b')]);
    expect(body(outgoing)).toBe(first);
    outgoing.taken();
    expect(JSON.parse(body(outgoing))).toEqual([pong('c')]);
    outgoing.taken();
    expect(outgoing.next()).toBeUndefined();
  });

  test('fills a body up to 256 KiB, and gives a larger message one of its own', () => {
    const outgoing = new OutgoingMessages();
    const [small, large] = ['s'.repeat(100 * 1024), 'l'.repeat(1024 * 1024)];
    for (const nonce of [small, small, small, large, small]) outgoing.add(pong(nonce));
    const bodies: string[][] = [];
    while (outgoing.next() !== undefined) {
      bodies.push((JSON.parse(body(outgoing)) as { nonce: string }[]).map(({ nonce }) => nonce));
      outgoing.taken();
    }

    expect(bodies).toEqual([[small, small], [small], [large], [small]]);
  });

  test('hands out what is on its way too', () => {
    const outgoing = new OutgoingMessages();
    outgoing.add(pong('a'));
    outgoing.next();
    outgoing.add(pong('b'));

    expect(outgoing.drain().map((text) => JSON.parse(text))).toEqual([pong('a'), pong('b')]);
    expect(outgoing.next()).toBeUndefined();
  });

  test('does not grow beyond 64 MiB for a hub that takes nothing', () => {
    const outgoing = new OutgoingMessages();
    const large = pong('l'.repeat(1024 * 1024));
    for (let mib = 0; mib < 63; mib += 1) outgoing.add(large);

    expect(() => outgoing.add(large)).toThrow(/does not take/);
  });
});
