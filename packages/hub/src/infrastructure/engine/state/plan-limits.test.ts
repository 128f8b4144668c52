import { describe, expect, test } from 'vitest';
import { DESTINATION, entries, file, type Hub, messagesTo, newHub, recordsOf, run, SOURCE } from '../example-core.ts';
import type { HubEffect } from './effects.ts';
import type { HubEvent } from './events.ts';
import { activeRun } from './hub-state.ts';
import { countScanned } from './plan-limits.ts';

const TEN_MILLIONS = 10_000_000;

describe('A51: a scan', () => {
  test('that finds more than ten million things ends its run with what to do about it, and the agent looks no further', () => {
    const hub = scanningHub();
    store(hub, hub.on(entries({ last: false, found: [file('a')] })));

    const effects = hub.on(skipping(1, TEN_MILLIONS));

    expect(messagesTo(effects, SOURCE)).toEqual([{ type: 'cancelScan', run: 1 }]);
    const [record] = recordsOf(hub.on({ type: 'ticked' }));
    expect(record?.runs).toMatchObject([
      { state: 'failed', errorCode: 'TOO_LARGE', errorMessage: expect.stringMatching(/10,000,000.*one by one/) },
    ]);
  });

  test('that tells of nothing, page after page, comes to an end as well', () => {
    const scanned = activeRun(run(), 0);
    scanned.scanned = TEN_MILLIONS - 1;
    const nothing = { type: 'entries', run: 1, page: 0, entries: [], skipped: [], last: false } as const;
    const page = { ...nothing, entries: [], skipped: [] };

    expect(countScanned(scanned, page)).toBeUndefined();
    expect(countScanned(scanned, page)).toMatchObject({ code: 'TOO_LARGE' });
  });

  test('of a destination is bounded like that of a source', () => {
    const hub = newHub();
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.on({ type: 'runAppeared', run: run({ type: 'pull' }) });

    const effects = hub.on(skipping(0, TEN_MILLIONS + 1, DESTINATION));

    expect(messagesTo(effects, DESTINATION)).toEqual([{ type: 'cancelScan', run: 1 }]);
  });

  test('keeps a hundred thousand things that were passed over, and counts the others', () => {
    const hub = scanningHub();

    const effects = hub.on(skipping(0, 100_002));

    const [page] = effects.flatMap((each) => (each.type === 'storePlanPage' ? [each.page] : []));
    expect(page?.issues).toHaveLength(100_000);
    expect(page?.progress.counters.filesSkipped).toBe(100_002);
  });

  test('of which more pages come than were asked for ends the session', () => {
    const hub = scanningHub();
    const ahead = [0, 1, 2].flatMap((page) => hub.on(entries({ last: false, page })));

    const effects = hub.on(entries({ last: false, page: 3 }));

    expect(ahead.map(({ type }) => type)).toEqual(Array(3).fill('storePlanPage'));
    expect(effects).toMatchObject([{ type: 'closeSession', agentId: SOURCE }]);
  });
});

test('A51: directories that cannot be made become no more issues than are kept', () => {
  const hub = newHub();
  hub.on({ type: 'sessionOpened', agentId: SOURCE });
  hub.on({ type: 'sessionOpened', agentId: DESTINATION });
  const [load] = hub
    .on({ type: 'runAppeared', run: run({ state: 'running' }) })
    .flatMap((each) => (each.type === 'loadTreeEntries' ? [each.page] : []));
  const page = load ?? 0;
  const directory = { kind: 'directory', names: ['d'], mode: 0o755, mtimeNs: '0', ordinal: 0 } as const;
  hub.on({ type: 'treeEntriesLoaded', runId: 1, page, entries: [directory] });
  const failures = Array.from({ length: 100_002 }, () => ({ path: 'd', code: 'NO_SPACE' as const, message: 'full' }));

  hub.on({ type: 'messageReceived', agentId: DESTINATION, message: { type: 'arranged', run: 1, page, failures } });

  expect(recordsOf(hub.on({ type: 'ticked' }))[0]?.issues).toHaveLength(100_000);
});

function scanningHub(): Hub {
  const hub = newHub();
  hub.on({ type: 'sessionOpened', agentId: SOURCE });
  hub.on({ type: 'runAppeared', run: run() });
  return hub;
}

/** A page on which nothing stands but what was passed over. */
function skipping(page: number, count: number, from = SOURCE): HubEvent {
  const skipped = Array.from({ length: count }, () => passedOver);
  const message = { type: 'entries', run: 1, page, entries: [], skipped, last: false } as const;
  return { type: 'messageReceived', agentId: from, message: { ...message, entries: [] } };
}

const passedOver = { path: 'p', reason: 'a FIFO' };

/** The database has taken the page. */
function store(hub: Hub, effects: readonly HubEffect[]): void {
  for (const each of effects) {
    if (each.type !== 'storePlanPage') continue;
    hub.on({ type: 'planPageStored', runId: 1, page: each.number, last: each.last });
  }
}
