import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backupSqlite } from './backup-sqlite.ts';
import { openSqlite } from './open-sqlite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-backup-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a backup of the embedded database', () => {
  test('is whole, and of one moment, while the hub goes on writing', async () => {
    const file = join(folder, 'hub.db');
    const db = await openSqlite<never>(file);
    await sql`create table pairs (a integer, b integer)`.execute(db);
    let isWriting = true;
    const writing = (async () => {
      for (let at = 0; isWriting; at += 1) {
        await db.transaction().execute(async (transaction) => {
          await sql`insert into pairs values (${at}, null)`.execute(transaction);
          await sql`update pairs set b = a where a = ${at}`.execute(transaction);
        });
      }
    })();

    await backupSqlite(file, join(folder, 'copy.db'));
    isWriting = false;
    await writing;
    await db.destroy();

    const copy = new DatabaseSync(join(folder, 'copy.db'), { readOnly: true });
    expect(copy.prepare('select count(*) as halves from pairs where b is not a').get()).toEqual({ halves: 0 });
    expect(copy.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
    copy.close();
    expect(statSync(join(folder, 'copy.db')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(['copy.db', 'hub.db']);
  });

  test('replaces nothing, and leaves nothing behind when it fails', async () => {
    const file = join(folder, 'hub.db');
    await (await openSqlite<never>(file)).destroy();
    writeFileSync(join(folder, 'copy.db'), 'mine');
    chmodSync(join(folder, 'copy.db'), 0o644);

    await expect(backupSqlite(file, join(folder, 'copy.db'))).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining('exists already'),
    });
    await expect(backupSqlite(file, join(folder, 'nowhere', 'copy.db'))).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(backupSqlite(join(folder, 'none.db'), join(folder, 'x'))).rejects.toMatchObject({
      code: 'VALIDATION',
    });
    expect(readdirSync(folder).toSorted()).toEqual(['copy.db', 'hub.db']);
  });
});
