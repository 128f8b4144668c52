import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HubDatabase } from './hub-database.ts';
import { openPostgres } from './open-postgres.ts';
import { makePostgresDatabase } from './temporary-database.ts';

interface Things {
  readonly things: { readonly id: number; readonly value: number };
}

/** Ends a connection of the pool while it is in use, and resolves when the server has done so. */
async function endConnection(db: Kysely<Things>, pid: number | undefined): Promise<void> {
  await sql`select pg_terminate_backend(${pid}, 10000)`.execute(db);
}

describe.runIf(process.env.FERRY_TEST_POSTGRES_URL !== undefined)('a PostgreSQL database', () => {
  let made: Awaited<ReturnType<typeof makePostgresDatabase>>;
  const opened: HubDatabase<Things>[] = [];

  beforeEach(async () => {
    made = await makePostgresDatabase();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    await made.remove();
  });

  async function open(url = made.url, onLost: (error: Error) => void = () => undefined): Promise<HubDatabase<Things>> {
    const database = await openPostgres<Things>({ url, poolSize: 2, statementTimeoutMs: 500 }, onLost);
    opened.push(database);
    return database;
  }

  test('gives large integers as numbers, and refuses those that are none of ours', async () => {
    const { db } = await open();
    const numbers = await sql<{ id: number }>`select cast(${2 ** 53 - 1} as bigint) as id, count(*) as n`.execute(db);

    expect(numbers.rows).toEqual([{ id: 2 ** 53 - 1, n: 1 }]);
    await expect(sql`select cast('9007199254740993' as bigint)`.execute(db)).rejects.toThrow('which no hub wrote');
  });

  test('gives a statement up that takes too long, and goes on', async () => {
    const { db } = await open();

    await expect(sql`select pg_sleep(30)`.execute(db)).rejects.toThrow('statement timeout');
    await expect(sql`select 1`.execute(db)).resolves.toBeDefined();
  });

  test('is used by one hub at a time', async () => {
    await open();

    await expect(open()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/^Another hub uses the database .*\. Stop that one, or give this one/),
    });
  });

  test('tells when another hub may take it, and takes the hub down no other way', async () => {
    const lost = Promise.withResolvers<Error>();
    const { db } = await open(made.url, lost.resolve);

    // As an administrator of the server would; the connections of the pool are ended too, and replaced.
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()
    `.execute(db);

    expect((await lost.promise).message).toMatch(/another hub may use it by now/);
    await expect(sql`select 1`.execute(db)).resolves.toBeDefined();
  });

  test('ends a transaction whose connection it ended, and goes on', async () => {
    const { db } = await open();

    const work = db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
      await endConnection(db, rows[0]?.pid);
      await sql`select 1`.execute(transaction);
    });

    await expect(work).rejects.toThrow();
    await expect(sql`select 1`.execute(db)).resolves.toBeDefined();
  });

  test('takes text with a NUL, which no text of it holds, for one with the sign for it', async () => {
    const { db } = await open();

    const { rows } = await sql`select cast(${'a\0b\0'} as text) as text, cast(${'a␀b␀'} as text) as sign`.execute(db);

    expect(rows).toEqual([{ text: 'a␀b␀', sign: 'a␀b␀' }]);
  });

  test.each([
    ['a port where nothing listens', { port: '1' }, /nothing answers there/],
    ['a database that is not there', { pathname: '/nowhere' }, /there is no such database\. Create it/],
    ['a server that does not encrypt', { search: '?sslmode=require' }, /it does not encrypt\. Switch TLS on/],
  ])('at %s is refused with what to do, and without the password', async (_what, change, sentence) => {
    const url = Object.assign(new URL(made.url), { password: 'geheim' }, change);

    const refused = open(url.href);

    await expect(refused).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringMatching(sentence) });
    await expect(refused).rejects.toMatchObject({ message: expect.not.stringContaining('geheim') });
  });

  test('at a port of something else is refused with what to do', async () => {
    const other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const url = new URL(made.url);
    url.port = String((other.address() as AddressInfo).port);

    await expect(open(url.href)).rejects.toThrow(
      /it hung up\. Check that host and port are those of a PostgreSQL server/,
    );
    other.close();
  });
});
