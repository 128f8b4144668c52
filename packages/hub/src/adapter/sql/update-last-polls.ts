import { type Kysely, sql } from 'kysely';
import type { Database } from './schema.ts';

/** Writes when at most `BATCH_ROWS` agents last polled, in one statement, in the shape of `updateTransfers`. */
export async function updateLastPolls(
  db: Kysely<Database>,
  polls: readonly (readonly [number, Date])[],
): Promise<void> {
  const rows = polls.map(([id, at]) => sql`(${sql.join([id, at.getTime()])})`);
  await sql`
    update agents set last_poll_at = cast(v.column2 as bigint)
    from (values ${sql.join(rows)}) as v
    where agents.id = cast(v.column1 as bigint)
  `.execute(db);
}
