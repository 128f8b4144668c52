import type { MoveTable } from '../common/lifecycle.ts';

export const runStates = ['planning', 'running', 'completed', 'partial', 'failed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];

/**
 * Every move a run can make; a move that is not here is a defect. What failed can be tried again: a run whose plan was complete goes
 * on with its failed transfers, one that failed before plans anew.
 */
export const runMoves: MoveTable<RunState> = {
  planning: ['running', 'failed', 'cancelled'],
  running: ['completed', 'partial', 'failed', 'cancelled'],
  completed: [],
  partial: ['running'],
  failed: ['planning', 'running'],
  cancelled: [],
};

/** States in which nothing more happens by itself. */
export const settledRunStates: readonly RunState[] = ['completed', 'partial', 'failed', 'cancelled'];
