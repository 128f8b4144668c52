import type { MoveTable } from '../common/lifecycle.ts';

export const runStates = ['planning', 'running', 'completed', 'partial', 'failed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];

/** Every move a run can make; a move that is not here is a defect. */
export const runMoves: MoveTable<RunState> = {
  planning: ['running', 'failed', 'cancelled'],
  running: ['completed', 'partial', 'failed', 'cancelled'],
  completed: [],
  partial: [],
  failed: [],
  cancelled: [],
};

/** States in which nothing more happens. */
export const settledRunStates: readonly RunState[] = ['completed', 'partial', 'failed', 'cancelled'];
