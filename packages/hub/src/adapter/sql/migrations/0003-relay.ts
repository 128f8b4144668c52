import { type Kysely, sql } from 'kysely';

/** What the relay's disk holds of which transfer. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('relay_claims')
    .addColumn('transfer_id', 'bigint', (column) => column.notNull().references('transfers.id').onDelete('cascade'))
    .addColumn('attempt', 'bigint', (column) => column.notNull())
    .addColumn('chunk_index', 'integer', (column) => column.notNull())
    .addColumn('frame_offset', 'bigint', (column) => column.notNull())
    .addColumn('frame_length', 'integer', (column) => column.notNull())
    .addColumn('raw_length', 'integer', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('relay_claims_of_attempt', ['transfer_id', 'attempt', 'chunk_index'])
    .execute();

  await db.schema.alterTable('transfers').addColumn('chunk_list_hash', 'text').execute();
  await db.schema
    .alterTable('transfers')
    .addColumn('stored_chunks', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  // Written out, because a partial index serves only queries that say the same words (unsettled.ts).
  await sql`
    create index transfers_stored on transfers (run_id, id) where state not in ('completed', 'failed', 'cancelled')
      and stored_chunks = total_chunks and chunk_list_hash is not null
  `.execute(db);
}
