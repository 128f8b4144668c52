import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fault, moveAFile } from './move-a-file.ts';

const MIB = 1024 * 1024;
/** What the simulated hub lets a source send without an acknowledgement. */
const WINDOW_CHUNKS = 8;

describe('the three cores in a virtual network', () => {
  test('move a file of many chunks and a last short one', () => {
    const content = patterned(5 * MIB + 17);

    const history = moveAFile(1, content);

    expect(history.run?.state).toBe('completed');
    expect(history.run?.counters).toMatchObject({ filesMoved: 1, bytesMoved: content.length });
    expect(history.transfer?.state).toBe('completed');
    expect(history.published?.equals(content)).toBe(true);
  });

  test('move a file of zero bytes, which has no chunk', () => {
    const history = moveAFile(2, Buffer.alloc(0));

    expect(history.run?.state).toBe('completed');
    expect(history.published?.length).toBe(0);
  });

  test('give the same history for the same seed', () => {
    const content = patterned(3 * MIB);
    const cuts: Fault[] = [{ atMs: 60, agent: 'destination' }];

    expect(moveAFile(7, content, cuts).trace).toEqual(moveAFile(7, content, cuts).trace);
  });

  test('plan a file once when the destination comes and goes during the scan', () => {
    const cuts: Fault[] = [
      { atMs: 0, agent: 'destination' },
      { atMs: 1_001, agent: 'source' },
      { atMs: 2_010, agent: 'destination' },
    ];
    for (let seed = 0; seed < 20; seed += 1) {
      expect(moveAFile(seed, patterned(MIB), cuts).run?.counters.filesPlanned).toBe(1);
    }
  });

  test('go on with what a destination holds that died, or whose machine lost power', () => {
    const content = patterned(6 * MIB);
    let resumed = 0;
    for (let seed = 0; seed < 40; seed += 1) {
      const how = seed % 2 === 0 ? 'killed' : 'powerCut';
      resumed += moveAFile(seed, content, [{ atMs: 70 + seed, agent: 'destination', how }]).resumed;
    }

    expect(resumed).toBeGreaterThan(10);
  });

  test('deliver the whole file once, whatever breaks and dies', () => {
    const content = patterned(4 * MIB + 1);
    const fault = fc.record({
      atMs: fc.oneof(fc.integer({ min: 30, max: 150 }), fc.integer({ min: 0, max: 3_000 })),
      agent: fc.constantFrom('source', 'destination'),
      how: fc.constantFrom('cut', 'killed', 'powerCut'),
    });
    fc.assert(
      fc.property(fc.nat(), fc.array(fault, { maxLength: 5 }), (seed, faults) => {
        const history = moveAFile(seed, content, faults);
        expect(history.run?.state).toBe('completed');
        expect(history.run?.counters.bytesMoved).toBe(content.length);
        expect(history.published?.equals(content)).toBe(true);
        expect(history.publishes).toBe(1);
        expect(history.repeats).toBeLessThanOrEqual(faults.length * WINDOW_CHUNKS);
      }),
      { numRuns: 400 },
    );
  });
});

/** Bytes in which every chunk differs from every other. */
function patterned(sizeBytes: number): Buffer {
  const content = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 1) content[at] = (at * 31 + (at >> 13)) & 0xff;
  return content;
}
