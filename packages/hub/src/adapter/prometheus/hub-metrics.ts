import { Counter, Gauge, type Registry } from 'prom-client';
import type { CountByState, HubFigures } from '../../application/metrics/hub-figures.ts';
import { runStates, settledRunStates } from '../../domain/run/lifecycle.ts';
import { settledTransferStates, transferStates } from '../../domain/transfer/lifecycle.ts';

const transports = ['websocket', 'polling'] as const;
const openRunStates = runStates.filter((state) => !settledRunStates.includes(state));
const openTransferStates = transferStates.filter((state) => !settledTransferStates.includes(state));

/** What the hub counts, asked for when the metrics are. Every label has a closed list of values, each of which is always there. */
export function registerHubMetrics(registry: Registry, figures: HubFigures): void {
  const gauge = labelled(registry, 'gauge');
  const counter = labelled(registry, 'counter');

  gauge('ferryline_agents_online', 'Agents that are connected, by transport.', 'transport', transports, () =>
    figures.agentsOnline(),
  );
  gauge('ferryline_runs', 'Runs that have not ended, by state.', 'state', openRunStates, () => figures.work().runs);
  gauge(
    'ferryline_transfers',
    'Transfers that have not ended, by state.',
    'state',
    openTransferStates,
    () => figures.work().transfers,
  );
  counter(
    'ferryline_runs_ended_total',
    'Runs that ended since the hub started, by state.',
    'state',
    settledRunStates,
    () => figures.work().endedRuns,
  );
  counter(
    'ferryline_transfers_ended_total',
    'Transfers that ended since the hub started, by state; those that were cancelled with their run are not counted.',
    'state',
    settledTransferStates,
    () => figures.work().endedTransfers,
  );
  counter('ferryline_scheduler_ticks_total', 'Ticks that were tried since the hub started.', 'outcome', ticks, () =>
    figures.ticks(),
  );
  registerPlain(registry, figures);
  registerRelayDisk(registry, figures);
}

const ticks = ['done', 'failed'] as const;

function registerPlain(registry: Registry, figures: HubFigures): void {
  const gauge = plain(registry, 'gauge');
  const counter = plain(registry, 'counter');
  counter('ferryline_relay_raw_bytes_total', 'Bytes of files that destinations acknowledged.', () => {
    return figures.relay().rawBytes;
  });
  counter('ferryline_relay_wire_bytes_total', 'Bytes of chunks that came from sources, compressed.', () => {
    return figures.relay().wireBytes;
  });
  counter('ferryline_relay_chunks_forwarded_total', 'Chunks that were handed on to destinations.', () => {
    return figures.relay().chunksForwarded;
  });
  counter('ferryline_relay_chunks_refused_total', 'Chunks that arrived damaged, at the hub or at destinations.', () => {
    return figures.relay().chunksRefused;
  });
  gauge('ferryline_relay_memory_bytes', 'Bytes that wait in the hub for an agent to take them.', () => {
    return figures.relayWaitingBytes();
  });
  gauge('ferryline_relay_memory_limit_bytes', 'Bytes that may be on their way through the hub.', () => {
    return figures.relayMemoryBytes;
  });
  gauge('ferryline_event_streams', 'Streams of events that are open.', () => figures.eventStreams());
  counter('ferryline_sign_in_failures_total', 'Attempts to sign in that failed or were refused unseen.', () => {
    return figures.signInFailures();
  });
  counter('ferryline_database_failures_total', 'Questions and changes that the database failed.', () => {
    return figures.databaseFailures();
  });
}

function registerRelayDisk(registry: Registry, figures: HubFigures): void {
  const disk = figures.relayDisk?.bind(figures);
  if (disk === undefined) return;
  const gauge = plain(registry, 'gauge');
  const counter = plain(registry, 'counter');
  gauge('ferryline_relay_disk_bytes', 'Bytes that wait on disk for their destination.', () => disk().usedBytes);
  gauge('ferryline_relay_disk_reserved_bytes', 'Bytes on disk that are kept for transfers under way.', () => {
    return disk().reservedBytes;
  });
  gauge('ferryline_relay_disk_limit_bytes', 'Bytes that may wait on disk.', () => disk().quotaBytes);
  counter(
    'ferryline_relay_disk_chunks_lost_total',
    'Stored chunks that were damaged or gone when they were read.',
    () => {
      return disk().lostChunks;
    },
  );
  counter('ferryline_relay_disk_files_refused_total', 'Files that the disk refused to write or to sync.', () => {
    return disk().refusedFiles;
  });
}

type Kind = 'gauge' | 'counter';

/** A metric without labels, whose value is asked for. */
function plain(registry: Registry, kind: Kind) {
  return (name: string, help: string, value: () => number): void => {
    const registers = [registry];
    if (kind === 'gauge') {
      new Gauge({
        name,
        help,
        registers,
        collect: async function () {
          this.set(value());
        },
      });
      return;
    }
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  };
}

/** A metric with one label, whose values are asked for. */
function labelled(registry: Registry, kind: Kind) {
  return <State extends string>(
    name: string,
    help: string,
    label: string,
    states: readonly State[],
    count: () => CountByState<State> | Promise<CountByState<State>>,
  ): void => {
    const options = { name, help, registers: [registry], labelNames: [label] };
    if (kind === 'gauge') {
      new Gauge({
        ...options,
        async collect() {
          const counts = await count();
          for (const state of states) this.set({ [label]: state }, counts[state] ?? 0);
        },
      });
      return;
    }
    new Counter({
      ...options,
      async collect() {
        const counts = await count();
        this.reset();
        for (const state of states) this.inc({ [label]: state }, counts[state] ?? 0);
      },
    });
  };
}
