import { type Kysely, sql } from 'kysely';
import { withIdentity } from './identity-column.ts';

/** Users, agents, tokens, runs and their transfers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await withIdentity(db, db.schema.createTable('users'))
    .addColumn('email', 'text', (column) => column.notNull().unique())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('password_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();

  await withIdentity(db, db.schema.createTable('agents'))
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('transport', 'text')
    .addColumn('version', 'text')
    .addColumn('host', 'text')
    .addColumn('os', 'text')
    .addColumn('arch', 'text')
    .addColumn('roots', 'text')
    .addColumn('address', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint')
    .execute();

  await withIdentity(db, db.schema.createTable('tokens'))
    .addColumn('agent_id', 'bigint', (column) => column.notNull().references('agents.id').onDelete('cascade'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute();

  await withIdentity(db, db.schema.createTable('runs'))
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id'))
    .addColumn('trigger_kind', 'text', (column) => column.notNull())
    .addColumn('source_agent_id', 'bigint', (column) => column.notNull().references('agents.id'))
    .addColumn('source_root', 'text', (column) => column.notNull())
    .addColumn('source_names', 'text', (column) => column.notNull())
    .addColumn('destination_agent_id', 'bigint', (column) => column.notNull().references('agents.id'))
    .addColumn('destination_root', 'text', (column) => column.notNull())
    .addColumn('destination_names', 'text', (column) => column.notNull())
    .addColumn('into_destination', 'smallint', (column) => column.notNull())
    .addColumn('compression', 'text', (column) => column.notNull())
    .addColumn('existing', 'text', (column) => column.notNull())
    .addColumn('max_retries', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('files_planned', 'bigint', (column) => column.notNull())
    .addColumn('files_moved', 'bigint', (column) => column.notNull())
    .addColumn('files_skipped', 'bigint', (column) => column.notNull())
    .addColumn('files_failed', 'bigint', (column) => column.notNull())
    .addColumn('bytes_planned', 'bigint', (column) => column.notNull())
    .addColumn('bytes_moved', 'bigint', (column) => column.notNull())
    .addColumn('wire_bytes', 'bigint', (column) => column.notNull())
    .addColumn('directories_planned', 'bigint', (column) => column.notNull())
    .addColumn('links_planned', 'bigint', (column) => column.notNull())
    .addColumn('error_code', 'text')
    .addColumn('error_message', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .execute();
  await db.schema.createIndex('runs_of_user').on('runs').columns(['user_id', 'id']).execute();

  // Only the run is a foreign key: it vouches for the user and the agents, and every further one costs a look-up for each file.
  await withIdentity(db, db.schema.createTable('transfers'))
    .addColumn('run_id', 'bigint', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('user_id', 'bigint', (column) => column.notNull())
    .addColumn('ordinal', 'bigint', (column) => column.notNull())
    .addColumn('filename', 'text', (column) => column.notNull())
    .addColumn('size_bytes', 'bigint', (column) => column.notNull())
    .addColumn('source_agent_id', 'bigint', (column) => column.notNull())
    .addColumn('source_root', 'text', (column) => column.notNull())
    .addColumn('source_names', 'text', (column) => column.notNull())
    .addColumn('destination_agent_id', 'bigint', (column) => column.notNull())
    .addColumn('destination_root', 'text', (column) => column.notNull())
    .addColumn('destination_names', 'text', (column) => column.notNull())
    .addColumn('source_dev', 'text', (column) => column.notNull())
    .addColumn('source_ino', 'text', (column) => column.notNull())
    .addColumn('source_mtime_ns', 'text', (column) => column.notNull())
    .addColumn('source_ctime_ns', 'text', (column) => column.notNull())
    .addColumn('mode', 'integer', (column) => column.notNull())
    .addColumn('mtime_ns', 'text', (column) => column.notNull())
    .addColumn('compression', 'text', (column) => column.notNull())
    .addColumn('chunk_size_bytes', 'integer', (column) => column.notNull())
    .addColumn('total_chunks', 'integer', (column) => column.notNull())
    .addColumn('max_retries', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempt', 'bigint', (column) => column.notNull())
    .addColumn('retry_count', 'integer', (column) => column.notNull())
    .addColumn('completed_chunks', 'integer', (column) => column.notNull())
    .addColumn('bytes_transferred', 'bigint', (column) => column.notNull())
    .addColumn('wire_bytes', 'bigint', (column) => column.notNull())
    .addColumn('file_hash', 'text')
    .addColumn('error_code', 'text')
    .addColumn('error_message', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addUniqueConstraint('transfers_ordinal', ['run_id', 'ordinal'])
    .execute();
  await db.schema.createIndex('transfers_of_user').on('transfers').columns(['user_id', 'id']).execute();
  await db.schema
    .createIndex('transfers_of_run_in_state')
    .on('transfers')
    .columns(['run_id', 'state', 'ordinal'])
    .execute();
  // Written out, because a partial index serves only queries that say the same words (sql-transfer-repository.ts).
  await sql`
    create index transfers_unsettled on transfers (run_id, id) where state not in ('completed', 'failed', 'cancelled')
  `.execute(db);

  await db.schema
    .createTable('tree_entries')
    .addColumn('run_id', 'bigint', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('ordinal', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('names', 'text', (column) => column.notNull())
    .addColumn('mode', 'integer')
    .addColumn('mtime_ns', 'text')
    .addColumn('target', 'text')
    .addPrimaryKeyConstraint('tree_entries_ordinal', ['run_id', 'ordinal'])
    .execute();

  await withIdentity(db, db.schema.createTable('run_issues'))
    .addColumn('run_id', 'bigint', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('code', 'text')
    .addColumn('message', 'text', (column) => column.notNull())
    .addUniqueConstraint('run_issues_digest', ['run_id', 'digest'])
    .execute();
  await db.schema.createIndex('run_issues_of_run').on('run_issues').columns(['run_id', 'id']).execute();
}
