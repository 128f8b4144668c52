import { describe, expect, test } from 'vitest';
import { stepDestination } from './destination-core.ts';
import type { DestinationEvent, ReceivePlan } from './events.ts';
import { MAX_SETTLED_RECEIPTS } from './receipts.ts';
import { type DestinationState, initialDestinationState } from './state.ts';

const MIB = 1024 * 1024;
const FULL = { code: 'NO_SPACE', message: 'a waits for room' } as const;
const PROOF = { fileHash: 'f', chunkListHash: 'c' };

describe('the destination core', () => {
  test('acknowledges a chunk only after the sync that followed its write, and the record that followed the sync', () => {
    const state = receiving(3);
    step(state, chunk(0));

    const written = step(state, { type: 'chunkWritten', ref: REF, index: 0 });
    const synced = step(state, { type: 'partialSynced', ref: REF });
    const recorded = step(state, { type: 'heldRecorded', ref: REF, indices: [0] });

    expect(written).toEqual([{ type: 'syncPartial', ref: REF }]);
    expect(synced).toEqual([{ type: 'recordHeld', ref: REF, indices: [0] }]);
    expect(recorded).toEqual([{ type: 'ackChunks', ref: REF, indices: [0] }]);
  });

  test('lets one sync cover the chunks written while the one before it ran', () => {
    const state = receiving(4);
    for (const index of [0, 1, 2]) step(state, chunk(index));
    step(state, { type: 'chunkWritten', ref: REF, index: 0 });
    step(state, { type: 'chunkWritten', ref: REF, index: 1 });
    step(state, { type: 'chunkWritten', ref: REF, index: 2 });

    const first = step(state, { type: 'partialSynced', ref: REF });
    const second = step(state, { type: 'partialSynced', ref: REF });

    expect(first).toEqual([
      { type: 'recordHeld', ref: REF, indices: [0] },
      { type: 'syncPartial', ref: REF },
    ]);
    expect(second).toEqual([{ type: 'recordHeld', ref: REF, indices: [1, 2] }]);
  });

  test('publishes when every chunk is durable, the source has stated the file, and the intent is recorded', () => {
    const proofFirst = receiving(1);
    step(proofFirst, { type: 'finishRequested', ref: REF, proof: PROOF });
    step(proofFirst, chunk(0));
    step(proofFirst, { type: 'chunkWritten', ref: REF, index: 0 });
    const proofLast = receiving(1);
    step(proofLast, chunk(0));
    step(proofLast, { type: 'chunkWritten', ref: REF, index: 0 });

    const sealed = step(proofFirst, { type: 'partialSealed', ref: REF });
    const sealedBefore = step(proofLast, { type: 'partialSealed', ref: REF });
    const stated = step(proofLast, { type: 'finishRequested', ref: REF, proof: PROOF });

    // Chunk and intent are one record when both are due.
    expect(sealed).toEqual([{ type: 'recordIntent', ref: REF, proof: PROOF, indices: [0] }]);
    expect(step(proofFirst, { type: 'intentRecorded', ref: REF })).toEqual([
      { type: 'ackChunks', ref: REF, indices: [0] },
      { type: 'publish', ref: REF },
    ]);
    // Nobody waits for the proof to have a chunk acknowledged.
    expect(sealedBefore).toEqual([{ type: 'recordHeld', ref: REF, indices: [0] }]);
    expect(stated).toEqual([{ type: 'recordIntent', ref: REF, proof: PROOF, indices: [] }]);
  });

  test('asks for the publish once, however often the hub asks to finish', () => {
    const state = receiving(0);
    step(state, { type: 'partialSealed', ref: REF });
    step(state, { type: 'finishRequested', ref: REF, proof: PROOF });

    expect(step(state, { type: 'finishRequested', ref: REF, proof: PROOF })).toEqual([]);
  });

  test('answers finished when it is asked again for what it has published', () => {
    const state = publishing();
    step(state, { type: 'filePublished', ref: REF });

    const again = step(state, { type: 'receiveRequested', transfers: [plan(0)] });

    expect(again).toEqual([{ type: 'reportFinished', ref: REF }]);
  });

  test('claims after a reconnect only the chunks that are durable', () => {
    const state = receiving(4);
    for (const index of [0, 1]) step(state, chunk(index));
    writeDurably(state, 0);
    step(state, { type: 'chunkWritten', ref: REF, index: 1 });
    step(state, { type: 'partialSynced', ref: REF });

    const answer = step(state, { type: 'receiveRequested', transfers: [plan(4)] });

    expect(answer).toEqual([{ type: 'reportReceiving', ref: REF, held: [[0, 1]] }]);
  });

  test('publishes nothing by what was stated before a reconnect: the source is asked again, and may have changed', () => {
    const state = receiving(1);
    step(state, { type: 'finishRequested', ref: REF, proof: PROOF });

    const asked = step(state, { type: 'receiveRequested', transfers: [plan(1)] });
    step(state, chunk(0));
    step(state, { type: 'chunkWritten', ref: REF, index: 0 });
    const sealed = step(state, { type: 'partialSealed', ref: REF });
    const stated = step(state, { type: 'finishRequested', ref: REF, proof: PROOF });

    expect(asked).toEqual([{ type: 'reportReceiving', ref: REF, held: [] }]);
    expect(sealed).toEqual([{ type: 'recordHeld', ref: REF, indices: [0] }]);
    expect(stated).toEqual([{ type: 'recordIntent', ref: REF, proof: PROOF, indices: [] }]);
  });

  test('says nothing but finished when it is asked again for what it is about to publish', () => {
    const state = publishing();

    const asked = step(state, { type: 'receiveRequested', transfers: [plan(0)] });
    const published = step(state, { type: 'filePublished', ref: REF });

    expect(asked).toEqual([]);
    expect(published).toEqual([{ type: 'reportFinished', ref: REF }]);
  });

  test('takes a chunk once and acknowledges a copy of what it holds', () => {
    const state = receiving(2);
    step(state, chunk(0));
    const copyUnderWay = step(state, chunk(0));
    writeDurably(state, 0);

    expect(copyUnderWay).toEqual([]);
    expect(step(state, chunk(0))).toEqual([{ type: 'ackChunks', ref: REF, indices: [0] }]);
  });

  test('refuses a chunk whose length is not what the plan says', () => {
    const state = receiving(2);

    const effects = step(state, { type: 'chunkArrived', chunk: { ref: REF, index: 0, rawLength: 5 }, payload: 'x' });

    expect(effects).toMatchObject([{ type: 'nackChunk', reason: 'undecodable', rawLength: MIB }]);
  });

  test('drops frames of an older attempt and starts over for a newer one', () => {
    const state = receiving(2);
    const late = { ref: { transfer: 7, attempt: 1 }, index: 0, rawLength: MIB };

    const dropped = step(state, { type: 'chunkArrived', chunk: late, payload: 'x' });
    const startedOver = step(state, { type: 'receiveRequested', transfers: [{ ...plan(2), attempt: 3 }] });

    expect(dropped).toEqual([]);
    expect(startedOver.map((each) => each.type)).toEqual(['discardPartial', 'openPartial']);
  });

  test('removes the partial file when the transfer is cancelled, but lets a publish under way end', () => {
    const filling = receiving(2);
    const underWay = publishing();

    expect(step(filling, { type: 'cancelled', refs: [REF] })).toEqual([{ type: 'discardPartial', ref: REF }]);
    expect(step(underWay, { type: 'cancelled', refs: [REF] })).toEqual([]);
    expect(step(underWay, { type: 'filePublished', ref: REF })).toEqual([{ type: 'reportFinished', ref: REF }]);
  });

  test('goes on with what an earlier life held, once the bytes have proved it', () => {
    const state = initialDestinationState([plan(3)]);

    const asked = step(state, { type: 'receiveRequested', transfers: [plan(3)] });
    const reopened = step(state, { type: 'partialReopened', ref: REF, held: [[1, 2]] });

    expect(asked).toEqual([{ type: 'reopenPartial', plan: plan(3), totalChunks: 3 }]);
    expect(reopened).toEqual([{ type: 'reportReceiving', ref: REF, held: [[1, 2]] }]);
    expect(step(state, chunk(1))).toEqual([{ type: 'ackChunks', ref: REF, indices: [1] }]);
    expect(step(state, chunk(0))).toMatchObject([{ type: 'writeChunk', index: 0 }]);
  });

  test('says finished of what an earlier life was about to publish, and did', () => {
    const found = initialDestinationState([plan(1)]);
    step(found, { type: 'receiveRequested', transfers: [plan(1)] });

    expect(step(found, { type: 'filePublished', ref: REF })).toEqual([{ type: 'reportFinished', ref: REF }]);
  });

  test.each([
    ['a newer attempt', { attempt: 3 }],
    ['another file by the same number', { size: 4 * MIB }],
    ['another place by the same number', { path: { root: '/in', names: ['b'] } }],
  ])('F34: throws away what an earlier life held when the hub means %s', (_what, change) => {
    const state = initialDestinationState([plan(3)]);

    const effects = step(state, { type: 'receiveRequested', transfers: [{ ...plan(3), ...change }] });

    expect(effects.map((each) => each.type)).toEqual(['discardPartial', 'openPartial']);
  });

  test('F34: does not take a receipt for another file by the same number', () => {
    const state = publishing();
    step(state, { type: 'filePublished', ref: REF });

    const effects = step(state, { type: 'receiveRequested', transfers: [{ ...plan(0), mtimeNs: '1' }] });

    expect(effects.map((each) => each.type)).toEqual(['forgetReceipt', 'openPartial']);
  });

  test('F41: looks for the published file when the hub offers once more what it has settled', () => {
    const state = settled();

    const offered = step(state, { type: 'receiveRequested', transfers: [plan(0)] });
    const found = step(state, { type: 'filePublished', ref: REF });

    expect(offered).toEqual([{ type: 'reopenPartial', plan: plan(0), totalChunks: 0 }]);
    expect(found).toEqual([{ type: 'reportFinished', ref: REF }]);
    expect(step(state, { type: 'settled', refs: [REF] })).toEqual([{ type: 'settleReceipt', ref: REF }]);
  });

  test('F41: receives anew what was settled when the published file is not found', () => {
    const state = settled();
    step(state, { type: 'receiveRequested', transfers: [plan(0)] });

    expect(step(state, { type: 'partialReopened', ref: REF, held: [] })).toMatchObject([
      { type: 'reportReceiving', held: [] },
      { type: 'sealPartial' },
    ]);
  });

  test.each([
    ['a newer attempt', { attempt: 3 }],
    ['another file by the same number', { mtimeNs: '1' }],
    ['another place by the same number', { path: { root: '/in', names: ['b'] } }],
  ])('F41: forgets what was settled when the hub means %s', (_what, change) => {
    const state = settled();

    const effects = step(state, { type: 'receiveRequested', transfers: [{ ...plan(0), ...change }] });

    expect(effects.map((each) => each.type)).toEqual(['forgetReceipt', 'openPartial']);
    expect(state.settled.size).toBe(0);
  });

  test.each(['cancelled', 'leftBehind'] as const)('F41: forgets what was settled when it is %s', (type) => {
    const state = settled();

    expect(step(state, { type, refs: [REF] })).toEqual([{ type: 'forgetReceipt', ref: REF }]);
    expect(step(state, { type: 'receiveRequested', transfers: [plan(0)] })).toMatchObject([{ type: 'openPartial' }]);
  });

  test('F41: does not forget what was settled because it hears so again', () => {
    const state = settled();

    expect(step(state, { type: 'settled', refs: [REF] })).toEqual([]);
    expect(state.settled.size).toBe(1);
  });

  test('F41: forgets the oldest of what was settled, however many files come', () => {
    const earlier = Array.from({ length: MAX_SETTLED_RECEIPTS }, (_, at) => ({ ...plan(0), transfer: 100 + at }));
    const state = publishing(initialDestinationState([], earlier));
    step(state, { type: 'filePublished', ref: REF });

    const [kept, ...forgotten] = step(state, { type: 'settled', refs: [REF] });

    expect(kept).toEqual({ type: 'settleReceipt', ref: REF });
    expect(forgotten[0]).toEqual({ type: 'forgetReceipt', ref: { transfer: 100, attempt: REF.attempt } });
    expect(state.settled.size).toBe(MAX_SETTLED_RECEIPTS + 1 - forgotten.length);
    expect(state.settled.has(REF.transfer)).toBe(true);
  });

  test.each(['settled', 'cancelled', 'leftBehind'] as const)(
    'lets go of what an earlier life left when it is %s',
    (type) => {
      const state = initialDestinationState([plan(3)]);

      expect(step(state, { type, refs: [REF, { transfer: 9, attempt: 1 }] })).toEqual([
        { type: 'discardPartial', ref: REF },
      ]);
      expect(state.recovered.size).toBe(0);
    },
  );

  test('L5: keeps what it holds of a file that it has no room for, and claims nothing else when it is asked again', () => {
    const state = receiving(4);
    for (const index of [0, 1, 2]) step(state, chunk(index));
    writeDurably(state, 0);
    step(state, { type: 'chunkWritten', ref: REF, index: 1 });

    const lacking = step(state, { type: 'roomLacking', ref: REF, failure: FULL });
    const late = step(state, chunk(3));
    const asked = step(state, { type: 'receiveRequested', transfers: [plan(4)] });
    const reopened = step(state, { type: 'partialReopened', ref: REF, held: [[0, 1]] });

    expect(lacking).toEqual([
      { type: 'leavePartial', ref: REF },
      { type: 'reportWaiting', ref: REF, failure: FULL },
    ]);
    expect(late).toEqual([]);
    expect(asked).toEqual([{ type: 'reopenPartial', plan: plan(4), totalChunks: 4 }]);
    expect(reopened).toEqual([{ type: 'reportReceiving', ref: REF, held: [[0, 1]] }]);
  });

  test('L5: lets go of what waits for room when it is cancelled', () => {
    const state = receiving(4);
    step(state, { type: 'roomLacking', ref: REF, failure: FULL });

    expect(step(state, { type: 'cancelled', refs: [REF] })).toEqual([{ type: 'discardPartial', ref: REF }]);
    expect(state.recovered.size).toBe(0);
  });

  test('keeps what the hub has asked for, however long ago it arrived', () => {
    const state = receiving(2);

    expect(step(state, { type: 'leftBehind', refs: [REF] })).toEqual([]);
  });
});

const REF = { transfer: 7, attempt: 2 };

function plan(chunks: number): ReceivePlan {
  return {
    ...REF,
    path: { root: '/in', names: ['a'] },
    size: chunks * MIB,
    chunkSize: MIB,
    mode: 0o644,
    mtimeNs: '0',
    existing: 'replace',
  };
}

function chunk(index: number): DestinationEvent<string> {
  return { type: 'chunkArrived', chunk: { ref: REF, index, rawLength: MIB }, payload: `chunk ${index}` };
}

function step(state: DestinationState, event: DestinationEvent<string>) {
  return stepDestination(state, event).effects;
}

/** One that has just been told to put an empty file in its place. */
function publishing(begun = initialDestinationState()): DestinationState {
  const state = receiving(0, begun);
  step(state, { type: 'partialSealed', ref: REF });
  step(state, { type: 'finishRequested', ref: REF, proof: PROOF });
  step(state, { type: 'intentRecorded', ref: REF });
  return state;
}

function writeDurably(state: DestinationState, index: number): void {
  step(state, { type: 'chunkWritten', ref: REF, index });
  step(state, { type: 'partialSynced', ref: REF });
  step(state, { type: 'heldRecorded', ref: REF, indices: [index] });
}

/** One that has published an empty file, which the hub has recorded. */
function settled(): DestinationState {
  const state = publishing();
  step(state, { type: 'filePublished', ref: REF });
  step(state, { type: 'settled', refs: [REF] });
  return state;
}

/** A destination whose partial file for so many chunks is open. */
function receiving(chunks: number, state = initialDestinationState()): DestinationState {
  step(state, { type: 'receiveRequested', transfers: [plan(chunks)] });
  step(state, { type: 'partialOpened', ref: REF });
  return state;
}
