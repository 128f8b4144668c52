import { chunkCount, chunkSizeFor, FerryError, MAX_CHUNKS, type PresentFile } from '@ferryline/engine';
import type { ActiveTransfer } from './hub-state.ts';
import { openBytesOf } from './moving.ts';
import type { Step } from './step.ts';
import { touchTransfer } from './step.ts';

/**
 * A source changed before it was moved: the transfer is planned anew, for the file as it is now. The identity lives in the durable
 * plan, so that no source vouches for another file (FAULTS.md P8): the next attempt begins when this plan is recorded.
 *
 * @param present what its source found in the file's place; undefined when that is no file any more
 * @returns why it cannot be planned anew, if it cannot
 */
export function replan(step: Step, active: ActiveTransfer, present: PresentFile): FerryError | undefined {
  const { transfer, run } = active;
  const sizeBytes = present.identity.size;
  let { chunkSizeBytes } = transfer;
  if (sizeBytes > chunkSizeBytes * MAX_CHUNKS) {
    // It has outgrown its chunks.
    try {
      chunkSizeBytes = chunkSizeFor(sizeBytes);
    } catch (thrown) {
      return FerryError.from(thrown);
    }
  }
  const totalChunks = chunkCount(sizeBytes, chunkSizeBytes);
  const { identity, mode, mtimeNs } = present;
  active.transfer = { ...transfer, sizeBytes, identity, mode, mtimeNs, chunkSizeBytes, totalChunks };
  active.hasUnrecordedPlan = true;
  run.openBytes += openBytesOf(active.transfer) - openBytesOf(transfer);
  run.counters = { ...run.counters, bytesPlanned: run.counters.bytesPlanned + sizeBytes - transfer.sizeBytes };
  step.state.replannedTransfers.add(active);
  touchTransfer(step, active, 'urgent');
  return undefined;
}
