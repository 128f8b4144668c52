import type { CountByState } from '../../application/metrics/hub-figures.ts';
import { type RunState, settledRunStates } from '../../domain/run/lifecycle.ts';
import type { RunChanges } from '../../domain/run/run-repository.ts';
import { settledTransferStates, type TransferState } from '../../domain/transfer/lifecycle.ts';

/** Counts runs and transfers that ended, after the database says so. What is tried again and ends again counts again. */
export class EndTally {
  readonly #runs: Partial<Record<RunState, number>> = {};
  readonly #transfers: Partial<Record<TransferState, number>> = {};

  get runs(): CountByState<RunState> {
    return this.#runs;
  }

  get transfers(): CountByState<TransferState> {
    return this.#transfers;
  }

  recorded({ runs, transfers }: RunChanges): void {
    for (const { state } of runs) if (settledRunStates.includes(state)) add(this.#runs, state, 1);
    for (const { state } of transfers) if (settledTransferStates.includes(state)) add(this.#transfers, state, 1);
  }

  runCancelled(): void {
    add(this.#runs, 'cancelled', 1);
  }

  transfersCancelled(count: number): void {
    add(this.#transfers, 'cancelled', count);
  }
}

function add<State extends string>(counts: Partial<Record<State, number>>, state: State, count: number): void {
  counts[state] = (counts[state] ?? 0) + count;
}
