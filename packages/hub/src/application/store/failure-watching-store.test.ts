import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../adapter/sql/schema.ts';
import { SqlStore } from '../../adapter/sql/sql-store.ts';
import { FerryError } from '../../domain/common/errors.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { failureWatchingStore } from './failure-watching-store.ts';
import type { Store } from './store.ts';

const agent = { name: 'web-01', description: '', labels: [] };

let database: TemporaryDatabase<Database>;
let store: Store;
let failures: number;

beforeEach(async () => {
  database = await migratedDatabase();
  failures = 0;
  store = failureWatchingStore(new SqlStore(database.db, () => new Date()), () => {
    failures += 1;
  });
});

afterEach(() => database[Symbol.asyncDispose]());

describe('a store that is watched', () => {
  test('does what the store does', async () => {
    const { id } = await store.transaction(({ agents }) => agents.create(agent));

    expect(await store.agents.getById(id)).toMatchObject({ name: 'web-01' });
    expect(failures).toBe(0);
  });

  test('does not count what is refused for a reason that people can act on', async () => {
    await store.agents.create(agent);

    await expect(store.agents.create(agent)).rejects.toThrow(FerryError);
    await expect(store.transaction(({ agents }) => agents.create(agent))).rejects.toThrow(FerryError);

    expect(failures).toBe(0);
  });

  test('counts what the database fails, once each, and hands it on', async () => {
    await database.db.schema.dropTable('agent_grants').execute();

    await expect(store.grants.listByAgent(1)).rejects.toThrow(/agent_grants/);
    await expect(store.transaction(({ grants }) => grants.listByAgent(1))).rejects.toThrow(/agent_grants/);

    expect(failures).toBe(2);
  });
});
