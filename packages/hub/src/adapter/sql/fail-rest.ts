import { type Kysely, sql } from 'kysely';
import type { Database } from './schema.ts';
import { transferIsUnsettled } from './unsettled.ts';

/** Ends what has not ended of a run that failed as a whole, with the reason of the run, and counts it there. */
export async function failRest(db: Kysely<Database>, id: number, at: Date): Promise<void> {
  const run = await db
    .selectFrom('runs')
    .select(['error_code', 'error_message'])
    .where('id', '=', id)
    .where('state', '=', 'failed')
    .executeTakeFirst();
  if (run === undefined || run.error_code === null) return;
  const { numUpdatedRows } = await db
    .updateTable('transfers')
    .set({ state: 'failed', error_code: run.error_code, error_message: run.error_message, ended_at: at.getTime() })
    .where('run_id', '=', id)
    .where(transferIsUnsettled)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return;
  await db
    .updateTable('runs')
    .set({ files_failed: sql`files_failed + ${Number(numUpdatedRows)}` })
    .where('id', '=', id)
    .execute();
}

/** The runs that failed, and have transfers that have not ended. */
export async function failedWithRest(db: Kysely<Database>): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('transfers')
    .innerJoin('runs', 'runs.id', 'transfers.run_id')
    .select('transfers.run_id')
    .distinct()
    .where(transferIsUnsettled)
    .where('runs.state', '=', 'failed')
    .execute();
  return rows.map((row) => row.run_id);
}
