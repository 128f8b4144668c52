import type { MoveTable } from '../common/lifecycle.ts';

export const transferStates = [
  'pending',
  'running',
  'verifying',
  'suspended',
  'completed',
  'failed',
  'cancelled',
] as const;
export type TransferState = (typeof transferStates)[number];

/**
 * Every move a transfer can make; a move that is not here is a defect. `suspended` means that a party went away, that a retry is due, or
 * that the destination has no room; `completed` is final, because only the destination can say it and it says it once.
 */
export const transferMoves: MoveTable<TransferState> = {
  pending: ['running', 'suspended', 'failed', 'cancelled'],
  running: ['verifying', 'suspended', 'completed', 'failed', 'cancelled'],
  verifying: ['completed', 'suspended', 'failed', 'cancelled'],
  suspended: ['running', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: ['pending'],
  cancelled: [],
};

/** States in which nothing more happens by itself. */
export const settledTransferStates: readonly TransferState[] = ['completed', 'failed', 'cancelled'];
