import { describe, expect, test } from 'vitest';
import { OutgoingFrames } from './outgoing-frames.ts';

const MIB = 1024 * 1024;

describe('OutgoingFrames', () => {
  test('gives the same body until it was taken, whatever comes meanwhile', () => {
    const outgoing = new OutgoingFrames();
    const [first, second] = [Buffer.of(1), Buffer.of(2)];
    outgoing.add(first);
    expect(outgoing.next()).toEqual([first]);
    outgoing.add(second);

    expect(outgoing.next()).toEqual([first]);
    outgoing.taken();
    expect(outgoing.next()).toEqual([second]);
    outgoing.taken();
    expect(outgoing.next()).toBeUndefined();
  });

  test('fills a body up to 4 MiB, and gives a larger message one of its own', () => {
    const outgoing = new OutgoingFrames();
    for (const mib of [1, 3, 2, 64, 1]) outgoing.add(Buffer.alloc(mib * MIB));
    const bodies: number[][] = [];
    for (let body = outgoing.next(); body !== undefined; body = outgoing.next()) {
      bodies.push(body.map(({ length }) => length / MIB));
      outgoing.taken();
    }

    expect(bodies).toEqual([[1, 3], [2], [64], [1]]);
  });

  test('hands out what is on its way too, and lets go of who waits for room', async () => {
    const outgoing = new OutgoingFrames();
    const large = Buffer.alloc(5 * MIB);
    outgoing.add(large);
    const room = outgoing.room();
    outgoing.next();

    expect(outgoing.drain()).toEqual([large]);
    await room;
    expect(outgoing.next()).toBeUndefined();
  });
});
