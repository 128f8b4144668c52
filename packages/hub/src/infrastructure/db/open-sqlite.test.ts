import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite } from './open-sqlite.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferry-db-'));
});

afterEach(() => rm(directory, { recursive: true }));

interface Things {
  readonly things: { readonly id: number; readonly value: unknown };
}

async function withDatabase(work: (db: Kysely<Things>) => Promise<void>): Promise<void> {
  const db = await openSqlite<Things>(join(directory, 'hub.db'));
  try {
    await sql`create table if not exists things (id integer primary key, value)`.execute(db);
    await work(db);
  } finally {
    await db.destroy();
  }
}

async function pragma(db: Kysely<Things>, name: string): Promise<unknown> {
  const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(db);
  return Object.values(rows[0] ?? {})[0];
}

describe('the embedded database', () => {
  test('makes commits durable, and holds foreign keys', async () => {
    await withDatabase(async (db) => {
      expect(await pragma(db, 'journal_mode')).toBe('wal');
      expect(await pragma(db, 'synchronous')).toBe(2);
      expect(await pragma(db, 'foreign_keys')).toBe(1);
      expect(await pragma(db, 'busy_timeout')).toBe(5000);
    });
  });

  test('what was committed is there when it is opened again', async () => {
    await withDatabase(async (db) => {
      await db.insertInto('things').values({ id: 1, value: 'kept' }).execute();
    });

    await withDatabase(async (db) => {
      expect(await db.selectFrom('things').select('value').execute()).toEqual([{ value: 'kept' }]);
    });
  });

  test.each([
    ['text', 'line\nbreak, Ω, 🛳', 'line\nbreak, Ω, 🛳'],
    ['a number beyond 32 bits', 2 ** 53 - 1, 2 ** 53 - 1],
    ['a flag', true, 1],
    ['a moment', new Date(1_700_000_000_123), 1_700_000_000_123],
    ['a big integer', 42n, 42],
    ['nothing', null, null],
  ])('stores %s', async (_what, value, stored) => {
    await withDatabase(async (db) => {
      await db.insertInto('things').values({ id: 1, value }).execute();

      expect(await db.selectFrom('things').select('value').execute()).toEqual([{ value: stored }]);
    });
  });

  test('refuses to store what is no value', async () => {
    await withDatabase(async (db) => {
      await expect(db.insertInto('things').values({ id: 1, value: {} }).execute()).rejects.toThrow(
        'SQLite cannot store a object',
      );
    });
  });

  test('a transaction that fails leaves nothing behind', async () => {
    await withDatabase(async (db) => {
      const work = db.transaction().execute(async (transaction) => {
        await transaction.insertInto('things').values({ id: 1, value: 1 }).execute();
        throw new Error('changed my mind');
      });

      await expect(work).rejects.toThrow('changed my mind');
      expect(await db.selectFrom('things').selectAll().execute()).toEqual([]);
    });
  });

  test('many different statements do not pile up or get mixed up', async () => {
    await withDatabase(async (db) => {
      for (let id = 0; id < 300; id += 1) await sql`insert into things values (${id}, ${sql.lit(id)})`.execute(db);

      for (const id of [0, 150, 299, 0]) {
        const { rows } = await sql<{ value: number }>`select value from things where id = ${sql.lit(id)}`.execute(db);
        expect(rows).toEqual([{ value: id }]);
      }
    });
  });

  test('keeps the numbers of a failure, by which the hub tells one from another', async () => {
    await withDatabase(async (db) => {
      await sql`insert into things values (1, 'a')`.execute(db);

      await expect(sql`insert into things values (1, 'b')`.execute(db)).rejects.toMatchObject({ errcode: 1555 });
      await expect(sql`select nonsense`.execute(db)).rejects.toThrow('no such column: nonsense');
    });
  });

  test('transactions have the database to themselves, one after the other', async () => {
    await withDatabase(async (db) => {
      const order: string[] = [];
      const work = (name: string) =>
        db.transaction().execute(async (transaction) => {
          order.push(`${name} begins`);
          await sql`select 1`.execute(transaction);
          await new Promise((resolve) => setImmediate(resolve));
          order.push(`${name} ends`);
        });

      await Promise.all([work('a'), work('b'), sql`select 1`.execute(db), work('c')]);

      expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    });
  });

  test('what was asked for before it is closed is done, and nothing after', async () => {
    const file = join(directory, 'hub.db');
    const db = await openSqlite<Things>(file);
    await sql`create table things (id integer primary key, value)`.execute(db);
    const asked = Array.from({ length: 20 }, (_, id) => sql`insert into things values (${id}, 'x')`.execute(db));
    const transaction = db.transaction().execute(async (inside) => {
      await sql`insert into things values (20, 'x')`.execute(inside);
      await sql`insert into things values (21, 'x')`.execute(inside);
    });

    await db.destroy();

    await Promise.all([...asked, transaction]);
    await expect(sql`select 1`.execute(db)).rejects.toThrow('driver has already been destroyed');
    const again = await openSqlite<Things>(file);
    expect(await again.selectFrom('things').selectAll().execute()).toHaveLength(22);
    await again.destroy();
  });

  test('can be closed before anything was asked of it, and twice', async () => {
    const lost: Error[] = [];
    const db = await openSqlite<Things>(join(directory, 'hub.db'), (error) => lost.push(error));

    await db.destroy();
    await db.destroy();

    // SQLite removes the log when the last connection closes: the thread is really done.
    expect(await readdir(directory)).toEqual(['hub.db']);
    expect(lost).toEqual([]);
  });

  test('the thread of the hub goes on while the database works', async () => {
    await withDatabase(async (db) => {
      let isDone = false;
      let turns = 0;
      const work = sql`
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 300000) select sum(i) from n
      `
        .execute(db)
        .finally(() => {
          isDone = true;
        });

      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve));
        turns += 1;
      }

      await work;
      expect(turns).toBeGreaterThan(10);
    });
  });

  test('a disk that is full is what a failed transaction says, and it leaves nothing behind', async () => {
    await withDatabase(async (db) => {
      await sql`pragma max_page_count = 10`.execute(db);
      const work = db.transaction().execute(async (transaction) => {
        await sql`insert into things values (1, 'small')`.execute(transaction);
        await sql`insert into things values (2, ${'large'.repeat(100_000)})`.execute(transaction);
      });

      await expect(work).rejects.toMatchObject({ errcode: 13 });
      expect(await db.selectFrom('things').selectAll().execute()).toEqual([]);
    });
  });

  test('a file that is no database is named, with what to do', async () => {
    const file = join(directory, 'hub.db');
    await writeFile(file, 'These are the minutes of the meeting of last Tuesday. '.repeat(100));

    await expect(openSqlite(file)).rejects.toThrow(
      `The database ${file} cannot be opened: the file is not a SQLite database. Move it away, or point the hub at another data directory.`,
    );
  });

  test('a directory that is missing is named, with what to do', async () => {
    const file = join(directory, 'nowhere', 'hub.db');

    await expect(openSqlite(file)).rejects.toThrow(
      `The database ${file} cannot be opened: the directory is missing or not`,
    );
  });
});
