import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HubDatabase } from '../../infrastructure/db/hub-database.ts';
import { openPostgres } from '../../infrastructure/db/open-postgres.ts';
import { makePostgresDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleNow } from './example-run.ts';
import { migrateToLatest } from './migrations/migrate.ts';
import type { Database } from './schema.ts';
import { SqlStore } from './sql-store.ts';

// SQLite has one writer, who gives way to nobody. vitest.config.ts says so aloud where there is no server.
describe.skipIf(process.env.FERRY_TEST_POSTGRES_URL === undefined)('F42: PostgreSQL', () => {
  let server: Awaited<ReturnType<typeof makePostgresDatabase>>;
  let database: HubDatabase<Database>;
  let store: SqlStore;

  beforeEach(async () => {
    server = await makePostgresDatabase();
    await open();
    await migrateToLatest(database.db);
  });
  afterEach(async () => {
    await database.close();
    await server.remove();
  });

  async function open(): Promise<void> {
    const config = { url: server.url, poolSize: 6, statementTimeoutMs: 30_000 };
    database = await openPostgres<Database>(config, () => undefined);
    store = new SqlStore(database.db, exampleNow);
  }

  async function administer(statement: string): Promise<void> {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }

  /** Has the next so many changes of agents end their transactions, as if these stood in the way of others. */
  function endNext(changes: number, code: string): Promise<void> {
    return administer(`
      create sequence changes;
      create function give_way() returns trigger language plpgsql as $$ begin
        if nextval('changes') <= ${changes} then raise exception 'made for a test' using errcode = '${code}'; end if;
        return new;
      end $$;
      create trigger give_way before insert or update on agents for each row execute function give_way();
    `);
  }

  const agent = (name: string) => ({ name, description: '', labels: [] });

  describe.each([
    ['a serialization failure', '40001'],
    ['a deadlock', '40P01'],
  ])('%s', (_what, code) => {
    test('that ends a transaction five times is not noticed, and what it does is done once', async () => {
      await endNext(5, code);

      const made = await store.transaction(async ({ agents, tokens }) => {
        const { id } = await agents.create(agent('web-01'));
        return tokens.create({ agentId: id, name: 'web-01', prefix: 'fa_x', hash: 'x' });
      });

      const { items } = await store.tokens.list({}, { limit: 10 });
      expect(items.map(({ id }) => id)).toEqual([made.id]);
    });

    test('that ends a statement outside of a transaction five times is not noticed either', async () => {
      await endNext(5, code);

      const { id } = await store.agents.create(agent('web-01'));

      expect(await store.agents.getById(id)).toMatchObject({ name: 'web-01' });
    });

    test('that ends it for ever is told at last, and nothing has happened', async () => {
      await endNext(1_000, code);

      const making = store.transaction(({ agents }) => agents.create(agent('web-01')));

      await expect(making).rejects.toMatchObject({ code });
      expect(await store.agents.getByName('web-01')).toBeUndefined();
    });
  });

  test('told to serialize transactions has six that meet done all the same, each once', async () => {
    const name = new URL(server.url).pathname.slice(1);
    await administer(`alter database ${name} set default_transaction_isolation = 'serializable'`);
    await database.close();
    await open();

    await Promise.all(
      [1, 2, 3, 4, 5, 6].map((number) =>
        store.transaction(({ audit }) =>
          audit.append({
            at: exampleNow(),
            actor: { kind: 'hub', name: 'hub' },
            action: `test.number${number}`,
            details: {},
          }),
        ),
      ),
    );

    const events = await store.audit.listAfter(0, 10);
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(events.map(({ action }) => action)).size).toBe(6);
  });
});
