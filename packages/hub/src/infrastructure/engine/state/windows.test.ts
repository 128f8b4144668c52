import { describe, expect, test } from 'vitest';
import {
  ack,
  CHUNK,
  chunk,
  DESTINATION,
  failedAt,
  type Hub,
  newHub,
  received,
  receiving,
  run,
  SOURCE,
  STRANGER,
} from '../example-core.ts';

/** The example hub divides 8 chunks. It tolerates twice that and one chunk, headers included: one chunk less. */
const TOLERATED = 16;

describe('what a source sends without an acknowledgement', () => {
  test('A51: is handed on up to twice the window and a chunk; beyond that the session ends', () => {
    const hub = hubThatSends(100);

    const effects = indices(TOLERATED + 1).map((index) => hub.on(received(SOURCE, chunkAt(index))));

    expect(
      effects
        .slice(0, -1)
        .flat()
        .map(({ type }) => type),
    ).toEqual(Array(TOLERATED).fill('forwardFrame'));
    expect(effects.at(-1)).toMatchObject([
      { type: 'closeSession', agentId: SOURCE, code: 'RATE_LIMITED', reason: expect.stringContaining('window') },
    ]);
  });

  test('A51: one chunk again and again is no way around it', () => {
    const hub = hubThatSends(100);

    const effects = Array.from({ length: 5 }, () => hub.on(received(SOURCE, chunk())).map(({ type }) => type));

    expect(effects.flat()).toEqual([...Array(4).fill('forwardFrame'), 'closeSession']);
  });

  test('A51: a payload that is longer than its chunk counts for what it is', () => {
    const hub = hubThatSends(100);
    const frame = received(SOURCE, chunk());

    const effects = hub.on({ ...frame, bytes: Buffer.alloc(2 * TOLERATED * CHUNK) });

    expect(effects).toMatchObject([{ type: 'closeSession', agentId: SOURCE }]);
  });

  test('has room again for what was acknowledged, without end', () => {
    const hub = hubThatSends(100);

    const effects = indices(100).flatMap((index) => [
      ...hub.on(received(SOURCE, chunkAt(index))),
      ...(index < TOLERATED - 1 ? [] : hub.on(received(DESTINATION, ack(index - TOLERATED + 1)))),
    ]);

    expect(new Set(effects.map(({ type }) => type))).toEqual(new Set(['forwardFrame']));
  });

  test('may be what a larger window allowed, when the window shrinks', () => {
    const hub = hubThatSends(100);
    for (const index of indices(8)) hub.on(received(SOURCE, chunkAt(index)));
    hub.on({ type: 'sessionOpened', agentId: STRANGER });
    hub.on({ type: 'runAppeared', run: run({ id: 2, state: 'running', destinationAgentId: STRANGER }) });
    hub.treeIsEmpty(2);
    hub.load({ id: 6, runId: 2, destinationAgentId: STRANGER });
    hub.on(receiving(STRANGER, 6));

    const effects = indices(8).flatMap((index) => hub.on(received(SOURCE, chunkAt(8 + index))));

    expect(effects.map(({ type }) => type)).toEqual(Array(8).fill('forwardFrame'));
  });

  test('does not count any more when its attempt is given up', () => {
    const hub = hubThatSends(100);
    for (const index of indices(TOLERATED)) hub.on(received(SOURCE, chunkAt(index)));
    hub.on(failedAt(DESTINATION, { code: 'HASH_MISMATCH', message: 'again' }));
    hub.at(2_000);
    hub.on({ type: 'ticked' });
    const transfers = [{ transfer: 5, attempt: 2, held: [] }];
    hub.on({ type: 'messageReceived', agentId: DESTINATION, message: { type: 'receiving', transfers } });

    const effects = hub.on(received(SOURCE, chunk({ attempt: 2 })));

    expect(effects).toMatchObject([{ type: 'forwardFrame' }]);
  });
});

test('an acknowledgement of what was never sent is not handed on, and counts for nothing', () => {
  const hub = hubThatSends(3);

  const effects = hub.on(received(DESTINATION, ack()));

  expect(effects).toEqual([]);
  expect(hub.lastRecord()?.transfers.map((each) => each.completedChunks)).not.toContain(1);
});

/** A hub that has asked for transfer 5, a file of so many chunks. */
function hubThatSends(chunks: number): Hub {
  const hub = newHub();
  hub.on({ type: 'sessionOpened', agentId: SOURCE });
  hub.on({ type: 'sessionOpened', agentId: DESTINATION });
  hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
  hub.treeIsEmpty();
  hub.load({ sizeBytes: chunks * CHUNK, totalChunks: chunks });
  hub.on(receiving(DESTINATION, 5));
  hub.on({ type: 'ticked' });
  hub.on({ type: 'recorded' });
  return hub;
}

function chunkAt(chunkIndex: number): Buffer {
  return chunk({ chunkIndex });
}

function indices(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
