import { type Kysely, sql } from 'kysely';
import { withIdentity } from './identity-column.ts';

/** Sign-ins, API keys, grants, jobs, the audit chain, and what runs need to know of their jobs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await changeUsers(db);
  await createCredentials(db);
  await changeAgents(db);
  await createJobs(db);
  await changeRuns(db);
  await createAudit(db);
}

async function changeUsers(db: Kysely<unknown>): Promise<void> {
  // The empty hash is that of nobody: a user who was invited and has no password yet.
  for (const column of ['disabled_at', 'invited_until'] as const) {
    await db.schema.alterTable('users').addColumn(column, 'bigint').execute();
  }
  await db.schema.alterTable('users').addColumn('invitation_hash', 'text').execute();
  await addRevision(db, 'users');
  await db.schema.createIndex('users_invitation').on('users').column('invitation_hash').execute();
}

async function createCredentials(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sign_ins')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('refresh_hash', 'text', (column) => column.notNull())
    .addColumn('family_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('ends_at', 'bigint', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute();
  await db.schema.createIndex('sign_ins_of_user').on('sign_ins').columns(['user_id', 'created_at']).execute();

  await withIdentity(db, db.schema.createTable('api_keys'))
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute();
  await db.schema.createIndex('api_keys_of_user').on('api_keys').columns(['user_id', 'id']).execute();

  await db.schema
    .createTable('idempotency_keys')
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('object_kind', 'text', (column) => column.notNull())
    .addColumn('object_id', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_of_user', ['user_id', 'key'])
    .execute();
}

async function changeAgents(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('agents').addColumn('last_poll_at', 'bigint').execute();
  await addRevision(db, 'agents');
  await db.schema
    .createTable('agent_grants')
    .addColumn('agent_id', 'bigint', (column) => column.notNull().references('agents.id').onDelete('cascade'))
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('access', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('agent_grants_of_agent', ['agent_id', 'user_id'])
    .execute();
  await db.schema.createIndex('agent_grants_of_user').on('agent_grants').columns(['user_id', 'agent_id']).execute();
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await withIdentity(db, db.schema.createTable('jobs'))
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('source_agent_id', 'bigint', (column) => column.notNull().references('agents.id'))
    .addColumn('source_path', 'text', (column) => column.notNull())
    .addColumn('destination_agent_id', 'bigint', (column) => column.notNull().references('agents.id'))
    .addColumn('destination_path', 'text', (column) => column.notNull())
    .addColumn('include', 'text', (column) => column.notNull())
    .addColumn('exclude', 'text', (column) => column.notNull())
    .addColumn('compression', 'text', (column) => column.notNull())
    .addColumn('existing', 'text', (column) => column.notNull())
    .addColumn('max_retries', 'integer', (column) => column.notNull())
    .addColumn('cron', 'text')
    .addColumn('time_zone', 'text')
    .addColumn('overlap', 'text')
    .addColumn('missed', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('last_tick_at', 'bigint')
    .addColumn('queued_tick_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addUniqueConstraint('jobs_name', ['user_id', 'name'])
    .execute();
}

async function changeRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('runs')
    .addColumn('job_id', 'bigint', (column) => column.references('jobs.id').onDelete('set null'))
    .execute();
  for (const column of ['tick_at', 'planned_at'] as const) {
    await db.schema.alterTable('runs').addColumn(column, 'bigint').execute();
  }
  for (const [column, standard] of [
    ['type', 'push'],
    ['include', '[]'],
    ['exclude', '[]'],
  ] as const) {
    await db.schema
      .alterTable('runs')
      .addColumn(column, 'text', (definition) => definition.notNull().defaultTo(standard))
      .execute();
  }
  // A run left `planning` only with its last page stored.
  await sql`update runs set planned_at = coalesce(started_at, created_at) where state in ('running', 'completed', 'partial')`.execute(
    db,
  );
  // At most one run for a tick, whatever restarts and clocks do: this index is what decides it.
  await db.schema.createIndex('runs_of_tick').on('runs').columns(['job_id', 'tick_at']).unique().execute();
  await db.schema.createIndex('runs_of_job').on('runs').columns(['job_id', 'id']).execute();

  // By digest, because a path is too long for PostgreSQL to index.
  await db.schema
    .createTable('held_files')
    .addColumn('run_id', 'bigint', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('digest', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('held_files_of_run', ['run_id', 'digest'])
    .execute();
}

async function createAudit(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_events')
    .addColumn('sequence', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor_kind', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'bigint')
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('actor_address', 'text')
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('object_kind', 'text')
    .addColumn('object_id', 'text')
    .addColumn('object_name', 'text')
    .addColumn('details', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('audit_events_of_object')
    .on('audit_events')
    .columns(['object_kind', 'object_id', 'sequence'])
    .execute();
  await db.schema.createIndex('audit_events_of_actor').on('audit_events').columns(['actor_id', 'sequence']).execute();

  // One row: whoever appends takes its lock first, so that the chain has one end.
  await db.schema
    .createTable('audit_head')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('length', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await sql`insert into audit_head (id, length, hash) values (1, 0, ${sql.lit('0'.repeat(64))})`.execute(db);
}

async function addRevision(db: Kysely<unknown>, table: string): Promise<void> {
  await db.schema
    .alterTable(table)
    .addColumn('revision', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
}
