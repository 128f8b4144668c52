import { beforeEach, describe, expect, test } from 'vitest';
import {
  CHUNK,
  chunk,
  chunkStored,
  type Hub,
  newHub,
  received,
  run,
  SOURCE,
  sendsIn,
  typesOf,
} from '../example-core.ts';

let hub: Hub;

/** A source sends to the disk, and goes away while a chunk of it is on its way there. */
beforeEach(() => {
  hub = newHub({ relayDiskBytes: 64 * CHUNK });
  hub.on({ type: 'sessionOpened', agentId: SOURCE });
  hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
  hub.load();
  hub.on(received(SOURCE, chunk()));
  hub.on({ type: 'sessionClosed', agentId: SOURCE });
  hub.on({ type: 'sessionOpened', agentId: SOURCE });
});

describe('a chunk that the disk takes when its transfer is parked', () => {
  test('P5: is not asked for again, when it is claimed after what is stored was looked up', () => {
    const stored = hub.on(chunkStored(0));
    const begun = hub.load({}, []);

    expect(typesOf(stored)).toEqual(['sweepStored']);
    expect(sendsIn(begun)).toMatchObject([{ transfers: [{ transfer: 5, held: [[0, 1]] }] }]);
  });

  test('P5: is not asked for again, when it is claimed while its transfer waits for its turn', () => {
    hub.roomFor(0);
    hub.load({}, []);
    hub.on(chunkStored(0));
    hub.roomFor(64 * CHUNK);
    const begun = hub.on({ type: 'ticked' });

    expect(sendsIn(begun)).toMatchObject([{ transfers: [{ transfer: 5, held: [[0, 1]] }] }]);
  });

  test('is asked for again when it was of an earlier attempt', () => {
    hub.on(chunkStored(0));
    const begun = hub.load({ attempt: 2 }, []);

    expect(sendsIn(begun)).toMatchObject([{ transfers: [{ transfer: 5, attempt: 2, held: [] }] }]);
  });

  test('is known for as long as something is being loaded, and no longer', () => {
    hub.on(chunkStored(0));
    expect(hub.state.unseenChunks.size).toBe(1);

    hub.noneLeft();
    expect(hub.state.unseenChunks.size).toBe(0);
  });
});
