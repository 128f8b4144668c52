import { beforeEach, describe, expect, test } from 'vitest';
import {
  ack,
  CHUNK,
  chunk,
  chunkStored,
  DESTINATION,
  type Hub,
  newHub,
  REF,
  received,
  receiving,
  run,
  SOURCE,
  sentChunk,
  typesOf,
} from '../example-core.ts';
import type { HubEvent } from './events.ts';

let hub: Hub;

describe('a destination that takes too little', () => {
  beforeEach(() => moving());

  test('F23: what a slow destination cannot take is taken back from its lane, and goes to the disk with what follows', () => {
    fillWindow();
    hub.at(10_000);

    const slow = hub.on({ type: 'ticked' });
    const back = hub.on(takenBack(0));
    const next = hub.on(received(SOURCE, chunk({ chunkIndex: 2 })));

    expect(slow).toContainEqual({ type: 'takeBackFrames', agentId: DESTINATION, refs: [REF] });
    expect(typesOf(back)).toEqual(['storeFrame']);
    expect(typesOf(next)).toEqual(['storeFrame']);
  });

  test('F23: stored chunks are handed on as the destination takes them, and when it has caught up all goes the direct way', () => {
    fillWindow();
    hub.at(10_000);
    hub.on({ type: 'ticked' });
    hub.on(takenBack(0));
    const claimed = hub.on(chunkStored(0));
    hub.on(received(DESTINATION, ack(0)));
    hub.at(12_000);
    hub.on({ type: 'ticked' });

    const next = hub.on(received(SOURCE, chunk({ chunkIndex: 2 })));

    expect(typesOf(claimed)).toEqual(expect.arrayContaining(['ackFrame', 'readStored']));
    expect(typesOf(next)).toEqual(['forwardFrame']);
  });

  test('a destination that empties its window in time is not slow', () => {
    fillWindow();
    hub.on(received(DESTINATION, ack(0)));
    hub.on(received(DESTINATION, ack(1)));
    hub.at(10_000);

    expect(typesOf(hub.on({ type: 'ticked' }))).not.toContain('takeBackFrames');
  });

  test('a full disk leaves a slow destination to its window', () => {
    hub.roomFor(0);
    fillWindow();
    hub.at(10_000);
    hub.on({ type: 'ticked' });

    expect(typesOf(hub.on(takenBack(0)))).toEqual(['forwardFrame']);
  });

  test('a chunk that the disk did not take goes to its destination', () => {
    fillWindow();
    hub.at(10_000);
    hub.on({ type: 'ticked' });
    hub.on(takenBack(0));
    const { frame, bytes } = sentChunk(0);

    const effects = hub.on({ type: 'chunkNotStored', frame, bytes, isContradiction: false });

    expect(effects).toMatchObject([{ type: 'forwardFrame', agentId: DESTINATION }]);
  });

  /** A run with one transfer that is being sent, and a window of two chunks. */
  function moving(): void {
    hub = newHub({ relayDiskBytes: 64 * CHUNK, relayMemoryBytes: 2 * CHUNK });
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
    hub.treeIsEmpty();
    hub.load();
    hub.on(receiving(DESTINATION, 5));
  }

  function fillWindow(): void {
    for (const chunkIndex of [0, 1]) hub.on(received(SOURCE, chunk({ chunkIndex })));
  }
});

function takenBack(chunkIndex: number): HubEvent {
  return { type: 'frameTakenBack', ...sentChunk(chunkIndex) };
}
