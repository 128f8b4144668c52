import { type TransferState, transferMoves } from '../../packages/hub/src/domain/transfer/lifecycle.ts';
import type { Transfer, TransferProgress } from '../../packages/hub/src/domain/transfer/transfer.ts';
import { promised } from './violation.ts';

/** A record may leave out what came between, never what the table of moves does not lead to. */
export function assertMoves(before: Transfer, after: TransferProgress): void {
  const leads = before.state === after.state || isReachable(before.state, after.state);
  promised('I9', leads, () => `transfer ${before.id} was ${before.state}, and is recorded as ${after.state}`);
  promised(
    'I9',
    after.attempt >= before.attempt,
    () => `transfer ${before.id} goes back from attempt ${before.attempt} to ${after.attempt}`,
  );
}

function isReachable(from: TransferState, to: TransferState): boolean {
  return reachable[from].has(to);
}

const reachable = Object.fromEntries(
  Object.keys(transferMoves).map((from) => [from, statesFrom(from as TransferState)]),
) as unknown as Readonly<Record<TransferState, ReadonlySet<TransferState>>>;

/** Where a transfer may get by itself; to be tried again takes a person. */
function statesFrom(from: TransferState): ReadonlySet<TransferState> {
  const found = new Set<TransferState>();
  const open = [from];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (state === 'failed') continue;
    for (const next of transferMoves[state]) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(next);
    }
  }
  return found;
}
