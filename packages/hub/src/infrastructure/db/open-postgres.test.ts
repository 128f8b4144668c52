import { sql } from 'kysely';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PostgresConfig } from '../config/hub-config.ts';
import type { HubDatabase } from './hub-database.ts';
import { openPostgres } from './open-postgres.ts';
import { makePostgresDatabase } from './temporary-database.ts';

type Empty = Record<never, never>;

describe.runIf(process.env.FERRY_TEST_POSTGRES_URL !== undefined)('a PostgreSQL database', () => {
  let server: Awaited<ReturnType<typeof makePostgresDatabase>>;
  let database: HubDatabase<Empty>;
  let lost: PromiseWithResolvers<Error>;

  beforeEach(async () => {
    server = await makePostgresDatabase();
    lost = Promise.withResolvers();
    database = await open();
  });

  afterEach(async () => {
    await database.close();
    await server.remove();
  });

  function open(changes: Partial<PostgresConfig> = {}): Promise<HubDatabase<Empty>> {
    const config = { url: server.url, poolSize: 3, statementTimeoutMs: 30_000, ...changes };
    return openPostgres<Empty>(config, lost.resolve);
  }

  /** As an administrator of the server sees it, from a connection of their own. */
  async function administer<Row>(statement: string): Promise<readonly Row[]> {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  }

  test.each([
    ['int8', '9007199254740991', 9_007_199_254_740_991],
    ['int8', '-9007199254740991', -9_007_199_254_740_991],
    ['numeric', '12.5', 12.5],
  ])('counts in numbers of JavaScript: %s %s', async (type, text, value) => {
    const { rows } = await sql`select cast(${text} as ${sql.raw(type)}) as value`.execute(database.db);

    expect(rows).toEqual([{ value }]);
  });

  test('does not round what is beyond them', async () => {
    await expect(sql`select cast(9007199254740993 as int8)`.execute(database.db)).rejects.toThrow(
      'The database holds the number 9007199254740993, which no hub wrote.',
    );
  });

  test('gives up a statement that takes too long, and goes on', async () => {
    await database.close();
    database = await open({ statementTimeoutMs: 50 });

    await expect(sql`select pg_sleep(60)`.execute(database.db)).rejects.toMatchObject({ code: '57014' });
    expect((await sql`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }]);
  });

  test('is told who is connected, and how long they may idle within a transaction', async () => {
    const { rows } = await sql`
      select current_setting('application_name') as name, current_setting('idle_in_transaction_session_timeout') as idle
    `.execute(database.db);

    expect(rows).toEqual([{ name: 'ferryline-hub', idle: '1min' }]);
  });

  test('is not connected to more often than configured, and the one that holds it', async () => {
    const many = Array.from({ length: 10 }, () => sql`select pg_sleep(0.01)`.execute(database.db));
    await Promise.all(many);

    const [connected] = await administer<{ count: string }>(
      `select count(*) from pg_stat_activity where datname = current_database() and application_name = 'ferryline-hub'`,
    );
    expect(Number(connected?.count)).toBe(4);
  });

  test('is for one hub at a time', { timeout: 20_000 }, async () => {
    await expect(open()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/^Another hub uses the database postgres:.*Stop that one, or give this one/),
    });

    await database.close();
    database = await open();
  });

  test('a hub that is started while the one before ends waits for it', async () => {
    const next = open();
    await database.close();

    database = await next;
  });

  test('says when the connection that holds it is gone', async () => {
    await administer(
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    );

    expect((await lost.promise).message).toMatch(/another hub may use it by now.*Start it again/);
  });

  test('survives that the server ends connections which nobody uses', async () => {
    await sql`select 1`.execute(database.db);
    await administer(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await lost.promise;

    await expect
      .poll(() => sql`select 1 as one`.execute(database.db).catch(() => undefined))
      .toMatchObject({
        rows: [{ one: 1 }],
      });
  });

  test('a transaction that fails leaves nothing behind', async () => {
    await sql`create table things (value text)`.execute(database.db);
    const work = database.db.transaction().execute(async (transaction) => {
      await sql`insert into things values ('x')`.execute(transaction);
      throw new Error('changed my mind');
    });

    await expect(work).rejects.toThrow('changed my mind');
    expect((await sql`select * from things`.execute(database.db)).rows).toEqual([]);
  });

  test.each([
    ['a database that is not there', { pathname: '/nowhere' }, /there is no such database\. Create it/],
    ['a port where nothing is', { port: '1' }, /nothing answers there\. Start the server/],
  ])('%s is named with what to do, without the password', async (_what, part, message) => {
    const { href } = Object.assign(new URL(server.url), { password: 'hunter2' }, part);

    const error: Error = await open({ url: href }).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );

    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('hunter2');
  });
});
