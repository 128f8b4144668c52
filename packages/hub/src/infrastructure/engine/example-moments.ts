import type { TreeEntry } from '../../domain/run/tree-entry.ts';
import {
  CHUNK,
  chunk,
  DESTINATION,
  entries,
  failedAt,
  type Hub,
  newHub,
  received,
  receiving,
  run,
  SOURCE,
  STRANGER,
  sent,
  waitingAt,
} from './example-core.ts';
import type { Moment } from './state/rights-table.ts';

/** A hub to which all three agents are connected, with run 1 and, once that is moving, transfer 5 at this moment. */
export function hubAt(moment: Moment): Hub {
  const hub = newHub({ relayDiskBytes: 64 * CHUNK });
  for (const agentId of [SOURCE, DESTINATION, STRANGER]) hub.on({ type: 'sessionOpened', agentId });
  ways[moment](hub);
  return hub;
}

/** Where run 1 is, or when that is moving, transfer 5. */
export function momentOf({ state }: Hub): string | undefined {
  const phase = state.runs.get(1)?.phase;
  return phase === 'moving' ? state.transfers.get(5)?.phase : phase;
}

const ways: Readonly<Record<Moment, (hub: Hub) => void>> = {
  idle(hub) {
    begin(hub, { state: 'running' });
    for (const agentId of [SOURCE, DESTINATION]) hub.on({ type: 'sessionClosed', agentId });
  },
  clearing(hub) {
    begin(hub);
    hub.on(entries({ last: false }));
    hub.on({ type: 'sessionClosed', agentId: SOURCE });
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
  },
  surveying: (hub) => begin(hub, { type: 'pull' }),
  scanning: (hub) => begin(hub),
  storing(hub) {
    begin(hub, { state: 'running' });
    hub.on({ type: 'sessionClosed', agentId: DESTINATION });
    hub.load();
    hub.on(received(SOURCE, chunk()));
  },
  arranging(hub) {
    begin(hub, { state: 'running' });
    oneDirectory(hub);
  },
  offered(hub) {
    begin(hub, { state: 'running' });
    hub.treeIsEmpty();
    hub.load();
  },
  sending(hub) {
    ways.offered(hub);
    hub.on(receiving(DESTINATION, 5));
    hub.on(received(SOURCE, chunk()));
  },
  finishing(hub) {
    ways.sending(hub);
    hub.on(sent());
  },
  resting(hub) {
    ways.sending(hub);
    hub.on(failedAt(DESTINATION, { code: 'HASH_MISMATCH', message: 'not the same' }));
  },
  waiting(hub) {
    ways.sending(hub);
    hub.on(waitingAt(DESTINATION));
  },
  recording(hub) {
    ways.finishing(hub);
    const message = { type: 'finished' as const, transfers: [{ transfer: 5, attempt: 1 }] };
    hub.on({ type: 'messageReceived', agentId: DESTINATION, message });
  },
  sealing(hub) {
    seal(hub);
    oneDirectory(hub);
  },
  settled(hub) {
    seal(hub);
    hub.treeIsEmpty();
  },
};

/** Every moment, in the order in which a run meets them. */
export const moments = Object.keys(ways) as readonly Moment[];

function begin(hub: Hub, rest: Parameters<typeof run>[0] = {}): void {
  hub.on({ type: 'runAppeared', run: run(rest) });
}

/** Nothing is to be moved: the directories are loaded, to be sealed. */
function seal(hub: Hub): void {
  begin(hub, { state: 'running' });
  hub.treeIsEmpty();
  hub.noneLeft();
}

/** The page of the tree that was asked for has one directory, which the destination is told of. */
function oneDirectory(hub: Hub): void {
  const directory: TreeEntry = { kind: 'directory', ordinal: 0, names: ['d'], mode: 0o755, mtimeNs: '0' };
  const page = hub.state.runs.get(1)?.treePage ?? 0;
  hub.on({ type: 'treeEntriesLoaded', runId: 1, page, entries: [directory] });
}
