import { type Kysely, sql } from 'kysely';
import type { Database } from './schema.ts';

/**
 * Counts what is moved and what failed of every run that is `running` by its transfers. A record writes the counters that the hub had
 * in memory: one that was on its way when a person cancelled or retried a transfer takes that back in the counters, though not in the
 * transfer, until the next record. A hub that dies in between leaves it so.
 */
export async function recountRuns(db: Kysely<Database>): Promise<void> {
  const ofTransfers = (aggregate: ReturnType<typeof sql>, condition: ReturnType<typeof sql>) =>
    sql<number>`(select ${aggregate} from transfers where transfers.run_id = runs.id and ${condition})`;
  await db
    .updateTable('runs')
    .set({
      files_moved: ofTransfers(sql`count(*)`, sql`transfers.state = 'completed'`),
      files_failed: ofTransfers(sql`count(*)`, sql`transfers.state in ('failed', 'cancelled')`),
      bytes_moved: ofTransfers(sql`coalesce(sum(transfers.bytes_transferred), 0)`, sql`transfers.state <> 'cancelled'`),
    })
    .where('state', '=', 'running')
    .execute();
}
