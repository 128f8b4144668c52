import { settledTransferStates } from '../../packages/hub/src/domain/transfer/lifecycle.ts';
import type { Transfer } from '../../packages/hub/src/domain/transfer/transfer.ts';
import type { Ledger } from './ledger.ts';
import type { MemoryRecords } from './memory-records.ts';
import type { FaultKind, Scenario } from './scenario.ts';
import type { Sightings } from './sightings.ts';
import type { SimulatedAgent } from './simulated-agent.ts';
import { promised } from './violation.ts';

export interface EndedWorld {
  readonly scenario: Scenario;
  readonly records: MemoryRecords;
  readonly agents: readonly SimulatedAgent[];
  readonly ledger: Ledger;
  readonly sightings: Sightings;
}

/** What may make a transfer fail; a failure that nothing explains is one too many. */
const causes: Readonly<Record<string, readonly (FaultKind | 'fail')[]>> = {
  SOURCE_CHANGED: ['sourceWritten', 'sourceReplaced', 'sourceRemoved'],
  SOURCE_NOT_FOUND: ['sourceRemoved'],
  NO_SPACE: ['diskFull', 'journalFull'],
  DESTINATION_UNWRITABLE: ['syncFails'],
  DESTINATION_EXISTS: ['fail'],
  HASH_MISMATCH: ['forged'],
  CHUNK_CORRUPT: ['damagedUp', 'damagedDown'],
};

/** What must hold when everything has come to its end. @throws Violation. */
export function assertEnds({ scenario, records, agents, ledger }: EndedWorld): void {
  const kinds = new Set<string>(scenario.faults.map(({ kind }) => kind));
  if (scenario.runs.some(({ existing }) => existing === 'fail')) kinds.add('fail');
  for (const transfer of records.transfers.values()) assertEnd(transfer, ledger, kinds);
  for (const agent of agents) {
    const left = [...agent.destination.disk.names.keys()].filter(
      (name) => name.startsWith('.') && !agent.destination.orphans.has(name),
    );
    promised('L1', left.length === 0, () => `agent ${agent.id} is left with ${left}`);
    const remembered = agent.destination.journal.image.entries.length;
    promised('L1', remembered === 0, () => `agent ${agent.id} remembers ${remembered} attempts for ever`);
  }
  for (const run of records.runs.values()) {
    if (run.state === 'cancelled') continue;
    const own = [...records.transfers.values()].filter((each) => each.runId === run.id);
    const moved = own.filter(({ state }) => state === 'completed');
    const { filesMoved, filesFailed, bytesMoved } = run.counters;
    const bytes = moved.reduce((sum, each) => sum + each.sizeBytes, 0);
    // Of what was cancelled while it was suspended, the bytes that had arrived stay counted.
    const rest = own.filter(({ state }) => state === 'cancelled').reduce((sum, each) => sum + each.sizeBytes, 0);
    const isRight =
      filesMoved === moved.length &&
      filesFailed === own.length - moved.length &&
      bytesMoved >= bytes &&
      bytesMoved <= bytes + rest;
    const counted = `${filesMoved} moved, ${filesFailed} failed, ${bytesMoved} bytes`;
    promised(
      'I15',
      run.errorCode !== undefined && own.length === 0 ? true : isRight,
      () => `run ${run.id} counts ${counted}, and ${moved.length} of ${own.length} were moved, ${bytes} bytes`,
    );
  }
}

function assertEnd(transfer: Transfer, ledger: Ledger, kinds: ReadonlySet<string>): void {
  const { id, state, errorCode } = transfer;
  promised('L1', settledTransferStates.includes(state), () => `transfer ${id} is ${state} for ever`);
  if (state === 'completed') {
    promised('I2', ledger.isDelivered(transfer), () => `transfer ${id} is completed, and its file is not there`);
  }
  if (state === 'cancelled') {
    const isAsked = kinds.has('transferCancelled') || kinds.has('runCancelled');
    promised('I9', isAsked, () => `transfer ${id} is cancelled, and nobody cancelled it`);
  }
  if (state !== 'failed') return;
  // Of a file that has begun to arrive, a full disk keeps what it holds: only one that begins fails there.
  const mayHaveBegun = errorCode !== 'NO_SPACE' || kinds.has('journalFull');
  promised(
    'L1',
    mayHaveBegun || transfer.completedChunks === 0,
    () => `transfer ${id} failed for want of room, and had begun`,
  );
  const isExplained = causes[errorCode ?? '']?.some((cause) => kinds.has(cause)) ?? false;
  promised(
    'L1',
    isExplained,
    () => `transfer ${id} failed with ${errorCode}, which nothing explains: ${transfer.errorMessage}`,
  );
}
