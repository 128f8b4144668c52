import { Migrator, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TemporaryDatabase, temporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../schema.ts';
import * as initial from './0001-initial.ts';
import { migrateToLatest } from './migrate.ts';

let database: TemporaryDatabase<Database>;

beforeEach(async () => {
  database = await temporaryDatabase();
});

afterEach(() => database[Symbol.asyncDispose]());

/** A database as the first release left it, with a run in each state that matters to later steps. */
async function fillFirstRelease(): Promise<void> {
  const provider = { getMigrations: async () => ({ '0001-initial': initial }) };
  const { error } = await new Migrator({ db: database.db, provider }).migrateToLatest();
  expect(error).toBeUndefined();
  await insert('users', { email: 'ann@example.com', role: 'admin', password_hash: 'hash', created_at: 1_000 });
  for (const name of ['here', 'there']) {
    await insert('agents', { name, description: '', labels: '[]', status: 'offline', created_at: 1_000 });
  }
  await insert('runs', { ...firstRun, state: 'planning', created_at: 2_000 });
  await insert('runs', { ...firstRun, state: 'running', created_at: 3_000, started_at: 3_500 });
  await insert('runs', { ...firstRun, state: 'completed', created_at: 4_000 });
}

const firstRun = {
  ...{ user_id: 1, trigger_kind: 'api', compression: 'auto', existing: 'replace', max_retries: 5, into_destination: 1 },
  ...{ source_agent_id: 1, source_root: '/srv', source_names: '[]' },
  ...{ destination_agent_id: 2, destination_root: '/in', destination_names: '[]' },
  ...{ files_planned: 0, files_moved: 0, files_skipped: 0, files_failed: 0, directories_planned: 0, links_planned: 0 },
  ...{ bytes_planned: 2 ** 40, bytes_moved: 0, wire_bytes: 0 },
};

async function insert(table: string, row: Readonly<Record<string, string | number>>): Promise<void> {
  const columns = Object.keys(row).map((column) => sql.ref(column));
  const statement = sql`insert into ${sql.table(table)} (${sql.join(columns)}) values (${sql.join(Object.values(row))})`;
  await statement.execute(database.db);
}

async function tables(): Promise<readonly string[]> {
  return (await database.db.introspection.getTables()).map((table) => table.name);
}

describe('migrations', () => {
  test('make every table, and make it once', async () => {
    await migrateToLatest(database.db);
    await migrateToLatest(database.db);

    expect((await tables()).toSorted()).toEqual([
      'agent_grants',
      'agents',
      'api_keys',
      'audit_events',
      'audit_head',
      'held_files',
      'idempotency_keys',
      'jobs',
      'run_issues',
      'runs',
      'sign_ins',
      'tokens',
      'transfers',
      'tree_entries',
      'users',
    ]);
  });

  test('bring a database of the first release, with all that is in it, to this one', async () => {
    await fillFirstRelease();

    await migrateToLatest(database.db);

    const { db } = database;
    expect(await db.selectFrom('users').select(['email', 'revision', 'disabled_at']).execute()).toEqual([
      { email: 'ann@example.com', revision: 1, disabled_at: null },
    ]);
    expect(await db.selectFrom('agents').select(['name', 'revision']).orderBy('id').execute()).toEqual([
      { name: 'here', revision: 1 },
      { name: 'there', revision: 1 },
    ]);
    const runs = db.selectFrom('runs').select(['state', 'planned_at', 'job_id', 'type', 'include', 'bytes_planned']);
    const kept = { job_id: null, type: 'push', include: '[]', bytes_planned: 2 ** 40 };
    expect(await runs.orderBy('id').execute()).toEqual([
      { ...kept, state: 'planning', planned_at: null },
      { ...kept, state: 'running', planned_at: 3_500 },
      { ...kept, state: 'completed', planned_at: 4_000 },
    ]);
    expect(await db.selectFrom('audit_head').selectAll().execute()).toEqual([
      { id: 1, length: 0, hash: '0'.repeat(64) },
    ]);
  });

  test('give out no id twice, also after rows were removed', async () => {
    await migrateToLatest(database.db);
    const agent = { description: '', labels: '[]', status: 'offline', created_at: 1_000 };
    await insert('agents', { name: 'first', ...agent });
    await sql`delete from agents`.execute(database.db);

    await insert('agents', { name: 'second', ...agent });

    expect(await database.db.selectFrom('agents').select('id').execute()).toEqual([{ id: 2 }]);
  });

  test('refuse a database that a newer program has changed', async () => {
    await migrateToLatest(database.db);
    await sql`insert into kysely_migration (name, timestamp) values ('9999-flying-ferries', '2030')`.execute(
      database.db,
    );

    await expect(migrateToLatest(database.db)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/changed by a newer Ferryline \(9999-flying-ferries\)\. Start that version/),
    });
  });

  test('that fail leave the database as it was', async () => {
    await sql`create table runs (something text)`.execute(database.db);

    await expect(migrateToLatest(database.db)).rejects.toThrow(/step 0001-initial.*left as it was/s);

    expect(await tables()).toEqual(['runs']);
  });

  test.runIf(process.env.FERRY_TEST_DATABASE !== 'postgres')(
    'unsettled transfers are read through their own index',
    async () => {
      await migrateToLatest(database.db);

      const { rows } = await sql<{ detail: string }>`
      explain query plan select * from transfers where run_id = ${1} and id > ${0}
      and transfers.state not in ('completed', 'failed', 'cancelled') order by id limit ${10}
    `.execute(database.db);

      expect(rows.map((row) => row.detail)).toEqual([
        'SEARCH transfers USING INDEX transfers_unsettled (run_id=? AND id>?)',
      ]);
    },
  );
});
