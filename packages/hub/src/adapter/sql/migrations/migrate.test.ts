import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TemporaryDatabase, temporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../schema.ts';
import { migrateToLatest } from './migrate.ts';

const STORED = 'and transfers.stored_chunks = transfers.total_chunks and transfers.chunk_list_hash is not null';

let database: TemporaryDatabase<Database>;

beforeEach(async () => {
  database = await temporaryDatabase();
});

afterEach(() => database[Symbol.asyncDispose]());

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
      'relay_claims',
      'run_issues',
      'runs',
      'sign_ins',
      'tokens',
      'transfers',
      'tree_entries',
      'users',
    ]);
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

  test.runIf(process.env.FERRY_TEST_DATABASE !== 'postgres').each([
    ['unsettled transfers', 'transfers_unsettled', ''],
    ['transfers that the relay holds whole', 'transfers_stored', STORED],
  ])('%s are read through their own index', async (_which, index, condition) => {
    await migrateToLatest(database.db);

    const { rows } = await sql<{ detail: string }>`
      explain query plan select * from transfers where run_id = ${1} and id > ${0}
      and transfers.state not in ('completed', 'failed', 'cancelled') ${sql.raw(condition)} order by id limit ${10}
    `.execute(database.db);

    expect(rows.map((row) => row.detail)).toEqual([`SEARCH transfers USING INDEX ${index} (run_id=? AND id>?)`]);
  });
});
