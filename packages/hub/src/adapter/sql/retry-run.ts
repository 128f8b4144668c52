import { type Kysely, sql } from 'kysely';
import { noCounters } from '../../domain/run/run.ts';
import { counterColumns } from './run-row.ts';
import type { Database } from './schema.ts';
import { pendingAgain } from './transfer-row.ts';
import { transferIsUnsettled } from './unsettled.ts';

/** A run that is going to be tried again shows nothing of its end. */
export const notEnded = { error_code: null, error_message: null, ended_at: null } as const;

/** Takes up what failed of a run that ended `partial` or `failed`; returns how many transfers are pending again, undefined: nothing failed. */
export async function retryRun(db: Kysely<Database>, id: number): Promise<number | undefined> {
  const run = await db
    .selectFrom('runs')
    .select('planned_at')
    .where('id', '=', id)
    .where('state', 'in', ['partial', 'failed'])
    .executeTakeFirst();
  if (run === undefined) return undefined;
  return run.planned_at === null ? planAnew(db, id) : retryTransfers(db, id);
}

/** What was planned so far is dropped when the scan starts over. */
async function planAnew(db: Kysely<Database>, id: number): Promise<number> {
  await db
    .updateTable('runs')
    .set({ state: 'planning', ...notEnded, ...counterColumns(noCounters) })
    .where('id', '=', id)
    .execute();
  return 0;
}

async function retryTransfers(db: Kysely<Database>, id: number): Promise<number | undefined> {
  const { numUpdatedRows } = await db
    .updateTable('transfers')
    .set(pendingAgain)
    .where('run_id', '=', id)
    .where('state', '=', 'failed')
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n && !(await hasUnsettled(db, id))) return undefined;
  await db
    .updateTable('runs')
    .set({ state: 'running', ...notEnded, files_failed: sql`files_failed - ${Number(numUpdatedRows)}` })
    .where('id', '=', id)
    .execute();
  return Number(numUpdatedRows);
}

/** A hub killed while it took back the end of a run leaves transfers that nobody carries out. */
async function hasUnsettled(db: Kysely<Database>, id: number): Promise<boolean> {
  const row = await db
    .selectFrom('transfers')
    .select('id')
    .where('run_id', '=', id)
    .where(transferIsUnsettled)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
