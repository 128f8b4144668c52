import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backupSqlite } from './backup-sqlite.ts';
import { openSqlite } from './open-sqlite.ts';

interface Accounts {
  readonly accounts: { readonly id: number; readonly balance: number; readonly note: string };
}

const ACCOUNTS = 200;
const MONEY = ACCOUNTS * 100;

let directory: string;
let file: string;
let target: string;
let db: Kysely<Accounts>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferry-backup-'));
  file = join(directory, 'hub.db');
  target = join(directory, 'copy.db');
  db = await openSqlite<Accounts>(file);
  await sql`create table accounts (id integer primary key, balance integer, note text)`.execute(db);
  const rows = Array.from({ length: ACCOUNTS }, (_, id) => ({ id, balance: 100, note: 'x'.repeat(5_000) }));
  await db.insertInto('accounts').values(rows).execute();
});

afterEach(async () => {
  await db.destroy();
  await rm(directory, { recursive: true });
});

/** Moves money from one account to the next, in one transaction. */
async function move(at: number): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const change = (id: number, by: number): Promise<unknown> =>
      sql`update accounts set balance = balance + ${by}, note = note || 'y' where id = ${id}`.execute(transaction);
    await change(at % ACCOUNTS, -1);
    await change((at + 1) % ACCOUNTS, 1);
  });
}

async function balances(copy: string): Promise<readonly number[]> {
  const opened = await openSqlite<Accounts>(copy);
  try {
    const rows = await opened.selectFrom('accounts').select('balance').orderBy('id').execute();
    return rows.map(({ balance }) => balance);
  } finally {
    await opened.destroy();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

describe('a backup of the embedded database', () => {
  test('has what was committed before it, and no transaction by halves, while writes go on', async () => {
    await move(0);
    let moves = 1;
    let isDone = false;
    const writing = (async () => {
      while (!isDone) await move(moves++);
    })();

    const copies = [0, 1, 2, 3, 4].map((n) => join(directory, `copy-${n}.db`));
    const before: number[] = [];
    for (const copy of copies) {
      before.push(moves);
      await backupSqlite(file, copy);
    }
    isDone = true;
    await writing;

    expect(moves).toBeGreaterThan(before.at(-1) ?? 0);
    for (const copy of copies) {
      const found = await balances(copy);
      expect(found).toHaveLength(ACCOUNTS);
      expect(sum(found)).toBe(MONEY);
      expect(found[0]).toBeLessThan(100);
    }
  });

  test('is for its owner alone, and leaves nothing else behind', async () => {
    await backupSqlite(file, target);

    expect((await stat(target)).mode & 0o777).toBe(0o600);
    expect((await readdir(directory)).filter((name) => !name.startsWith('hub.db'))).toEqual(['copy.db']);
  });

  test('tidies up beside a database that no hub has open', async () => {
    await db.destroy();

    await backupSqlite(file, target);

    expect((await readdir(directory)).toSorted()).toEqual(['copy.db', 'hub.db']);
  });

  test('replaces nothing', async () => {
    await writeFile(target, 'precious');

    await expect(backupSqlite(file, target)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `${target} exists, and a backup replaces nothing. Choose another name.`,
    });
    expect(await readFile(target, 'utf8')).toBe('precious');
  });

  test('two at once under one name are one', async () => {
    const both = await Promise.allSettled([backupSqlite(file, target), backupSqlite(file, target)]);

    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(sum(await balances(target))).toBe(MONEY);
  });

  test('of a damaged database is refused, and not kept', async () => {
    await db.destroy();
    const content = await readFile(file);
    content.fill(0xff, 8_192, 40_960);
    await writeFile(file, content);

    await expect(backupSqlite(file, target)).rejects.toThrow(/is damaged \(.*no backup of it was kept\. Restore/s);
    expect(await readdir(directory)).not.toContain('copy.db');
  });

  test('of nothing is refused', async () => {
    const missing = join(directory, 'nowhere.db');

    await expect(backupSqlite(missing, target)).rejects.toThrow(
      `There is no database ${missing}. Name the hub's --data-dir.`,
    );
    expect((await readdir(directory)).some((name) => name.startsWith('copy.db'))).toBe(false);
  });
});
