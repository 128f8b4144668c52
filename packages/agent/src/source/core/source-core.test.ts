import { describe, expect, test } from 'vitest';
import type { SendPlan, SourceEffect } from './events.ts';
import { stepSource } from './source-core.ts';
import { initialSourceState } from './state.ts';

const MIB = 1024 * 1024;

describe('the source core', () => {
  test('reads no further than the window while nothing is acknowledged', () => {
    const { state, read } = sending({ sizeMib: 10, windowMib: 3 });
    for (const index of [0, 1, 2]) read(index);

    const effects = stepSource(state, { type: 'chunkAcked', ref: REF, index: 0 }).effects;

    expect(indicesOf(effects)).toEqual([3]);
  });

  test('sends a chunk that is larger than the window when nothing else is on the way', () => {
    const { effects } = sending({ sizeMib: 4, windowMib: 0.5 });

    expect(indicesOf(effects)).toEqual([0]);
  });

  test('reads held chunks for the file hash without delivering them', () => {
    const { effects } = sending({ sizeMib: 3, windowMib: 8, held: [[0, 2]] });

    expect(effects.flatMap((each) => (each.type === 'readChunk' ? [each.deliver] : []))).toEqual([false, false, true]);
  });

  test('states an empty file at once', () => {
    const { effects } = sending({ sizeMib: 0, windowMib: 8 });

    expect(effects.map((each) => each.type)).toEqual(['digestFile']);
  });

  test('opens the file again for a chunk that is refused after it was sent', () => {
    const { state, read } = sending({ sizeMib: 1, windowMib: 8 });
    read(0);
    stepSource(state, { type: 'fileDigested', ref: REF, fileHash: 'f', chunkListHash: 'c' });

    const reopened = stepSource(state, { type: 'chunkNacked', ref: REF, index: 0, reason: 'digestMismatch' }).effects;
    const again = stepSource(state, { type: 'fileOpened', ref: REF }).effects;
    const end = stepSource(state, { type: 'chunkRead', ref: REF, index: 0 }).effects;

    expect(reopened.map((each) => each.type)).toEqual(['openFile']);
    expect(indicesOf(again)).toEqual([0]);
    expect(end.map((each) => each.type)).toEqual(['closeFile']);
  });

  test('gives a transfer up when its chunks are refused again and again', () => {
    const { state } = sending({ sizeMib: 1, windowMib: 8 });
    const nack = () => stepSource(state, { type: 'chunkNacked', ref: REF, index: 0, reason: 'digestMismatch' }).effects;

    const effects = Array.from({ length: 9 }, nack).flat();

    expect(effects).toContainEqual(
      expect.objectContaining({ type: 'reportFailed', failure: expect.objectContaining({ code: 'CHUNK_CORRUPT' }) }),
    );
  });

  test('ignores what concerns an attempt that is not the current one', () => {
    const { state } = sending({ sizeMib: 10, windowMib: 1 });

    const effects = stepSource(state, { type: 'chunkAcked', ref: { transfer: 7, attempt: 1 }, index: 0 }).effects;

    expect(effects).toEqual([]);
  });

  test('opens no more files than a route has places for', () => {
    const transfers = Array.from({ length: 100 }, (_, at) => plan(1, { transfer: at + 1 }));

    const { effects } = stepSource(initialSourceState(), {
      type: 'sendRequested',
      route: 1,
      windowBytes: MIB,
      transfers,
    });

    expect(effects).toHaveLength(32);
  });

  test('lets a small file through beside a large one that could use the whole window', () => {
    const state = initialSourceState();
    const [large, small] = [plan(100), plan(1, { transfer: 8 })];
    stepSource(state, { type: 'sendRequested', route: 1, windowBytes: 3 * MIB, transfers: [large, small] });
    stepSource(state, { type: 'fileOpened', ref: REF });
    stepSource(state, { type: 'fileOpened', ref: { transfer: 8, attempt: 2 } });

    const effects = stepSource(state, { type: 'chunkAcked', ref: REF, index: 0 }).effects;

    expect(effects).toMatchObject([{ type: 'readChunk', plan: { transfer: 8 } }]);
  });

  test('does not send a chunk twice because a copy from before it began anew was refused', () => {
    const state = initialSourceState();
    stepSource(state, { type: 'sendRequested', route: 1, windowBytes: 8 * MIB, transfers: [plan(1)] });
    stepSource(state, { type: 'chunkNacked', ref: REF, index: 0, reason: 'damagedOnTheWay' });

    const { effects } = stepSource(state, { type: 'fileOpened', ref: REF });
    stepSource(state, { type: 'chunkAcked', ref: REF, index: 0 });

    expect(indicesOf(effects)).toEqual([0]);
    expect(state.routes.get(1)?.unacknowledgedBytes).toBe(0);
  });

  test('remembers no window of a route on which nothing is sent', () => {
    const state = initialSourceState();

    stepSource(state, { type: 'windowChanged', route: 1, windowBytes: MIB });

    expect(state.routes.size).toBe(0);
  });

  test('closes every file when the session is lost', () => {
    const { state } = sending({ sizeMib: 10, windowMib: 3 });

    const { effects } = stepSource(state, { type: 'sessionLost' });

    expect(effects.map((each) => each.type)).toEqual(['closeFile']);
    expect(state.transfers.size).toBe(0);
    expect(state.routes.size).toBe(0);
  });
});

const REF = { transfer: 7, attempt: 2 };

function plan(sizeMib: number, rest: Partial<SendPlan> = {}): SendPlan {
  return {
    ...REF,
    path: { root: '/srv', names: ['a'] },
    identity: { dev: '1', ino: '1', size: sizeMib * MIB, mtimeNs: '0', ctimeNs: '0' },
    chunkSize: MIB,
    compression: 'none',
    held: [],
    ...rest,
  };
}

/** A source that has opened one file; `effects` are those that followed. */
function sending({ sizeMib, windowMib, held = [] }: { sizeMib: number; windowMib: number; held?: SendPlan['held'] }) {
  const state = initialSourceState();
  const transfers = [plan(sizeMib, { held })];
  stepSource(state, { type: 'sendRequested', route: 1, windowBytes: windowMib * MIB, transfers });
  const { effects } = stepSource(state, { type: 'fileOpened', ref: REF });
  const read = (index: number) => stepSource(state, { type: 'chunkRead', ref: REF, index }).effects;
  return { state, effects, read };
}

function indicesOf(effects: readonly SourceEffect[]): number[] {
  return effects.flatMap((each) => (each.type === 'readChunk' ? [each.index] : []));
}
