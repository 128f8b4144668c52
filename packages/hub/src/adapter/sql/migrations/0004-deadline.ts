import type { Kysely } from 'kysely';

/** By when a run must be done. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['runs', 'jobs']) {
    await db.schema.alterTable(table).addColumn('deadline_seconds', 'integer').execute();
  }
}
