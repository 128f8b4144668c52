import { type Kysely, sql } from 'kysely';
import type { ChangedTransfer } from '../../domain/transfer/transfer-repository.ts';
import { batches } from './batches.ts';
import { notEnded } from './retry-run.ts';
import type { Database } from './schema.ts';
import { pendingAgain } from './transfer-row.ts';
import { runIsUnsettled, transferIsUnsettled } from './unsettled.ts';

/** Cancels those that are unsettled, and counts them as failed in their runs. */
export async function cancelTransfers(
  db: Kysely<Database>,
  ids: readonly number[],
  reason: string,
  at: Date,
): Promise<readonly ChangedTransfer[]> {
  const cancelled: ChangedTransfer[] = [];
  for (const batch of batches(ids)) {
    const rows = await db
      .updateTable('transfers')
      .set({ state: 'cancelled', error_code: 'CANCELLED', error_message: reason, ended_at: at.getTime() })
      .where('id', 'in', batch)
      .where(transferIsUnsettled)
      .returning(['id', 'run_id as runId'])
      .execute();
    cancelled.push(...rows);
  }
  for (const [runId, count] of countByRun(cancelled)) {
    await db
      .updateTable('runs')
      .set({ files_failed: sql`files_failed + ${count}` })
      .where('id', '=', runId)
      .where(runIsUnsettled)
      .execute();
  }
  return cancelled;
}

/** Makes those that failed pending again, with their runs `running`; those of cancelled runs, or of runs never planned, stay. */
export async function retryTransfers(
  db: Kysely<Database>,
  ids: readonly number[],
): Promise<readonly ChangedTransfer[]> {
  const retried: ChangedTransfer[] = [];
  for (const batch of batches(ids)) {
    const rows = await db
      .updateTable('transfers')
      .set(pendingAgain)
      .where('id', 'in', batch)
      .where('state', '=', 'failed')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('runs')
            .select('runs.id')
            .whereRef('runs.id', '=', 'transfers.run_id')
            .where('runs.state', '<>', 'cancelled')
            .where('runs.planned_at', 'is not', null),
        ),
      )
      .returning(['id', 'run_id as runId'])
      .execute();
    retried.push(...rows);
  }
  for (const [runId, count] of countByRun(retried)) {
    await db
      .updateTable('runs')
      .set({ state: 'running', ...notEnded, files_failed: sql`files_failed - ${count}` })
      .where('id', '=', runId)
      .execute();
  }
  return retried;
}

function countByRun(transfers: readonly ChangedTransfer[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { runId } of transfers) counts.set(runId, (counts.get(runId) ?? 0) + 1);
  return counts;
}
