import { expect, test } from 'vitest';
import { noCounters } from '../../domain/run/run.ts';
import { DESTINATION, loaded, receiving, run, SOURCE } from '../engine/example-core.ts';
import { stepHub } from '../engine/state/hub-core.ts';
import { initialHubState } from '../engine/state/hub-state.ts';
import { openWork } from './open-work.ts';

test('counts transfers that wait in the database as pending, without asking it', () => {
  const state = initialHubState({ relayMemoryBytes: 1_000_000, relayDiskBytes: 0, stalledAfterMs: 60_000 });
  const counters = { ...noCounters, filesPlanned: 1_000_000, filesMoved: 300_000, filesFailed: 10 };
  const present = { ...run({ state: 'running' }), counters };
  const events = [
    { type: 'sessionOpened', agentId: SOURCE },
    { type: 'sessionOpened', agentId: DESTINATION },
    { type: 'runAppeared', run: present },
    { type: 'runAppeared', run: run({ id: 2 }) },
    { type: 'treeEntriesLoaded', runId: 1, page: 1, entries: [] },
    loaded(),
    receiving(DESTINATION, 5),
  ] as const;
  for (const event of events) stepHub(state, event, { nowMs: 0, random: () => 0.5, storeRoomBytes: 0 });

  const { runs, transfers } = openWork(state);

  expect(runs).toEqual({ running: 1, planning: 1 });
  expect(transfers).toEqual({ running: 1, pending: 699_989 });
});
