import { DatabaseSync } from 'node:sqlite';
import { FerryError } from '@ferryline/engine';
import { Kysely } from 'kysely';
import { NodeSqliteDatabase } from './node-sqlite-database.ts';
import { NodeSqliteDialect } from './node-sqlite-dialect.ts';

/** Another process that reads the file (a backup, a curious administrator) may hold it this long before a write fails. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens the embedded database, made when there is none. A commit is on stable storage when it returns (WAL with
 * `synchronous=FULL`), which every promise of the hub rests on (FAULTS.md A0). Close it with `destroy()`.
 *
 * @throws FerryError INTERNAL that says what is wrong with the file or its directory.
 */
export function openSqlite<Schema>(file: string): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new NodeSqliteDialect({ database: openFile(file) }) });
}

function openFile(file: string): NodeSqliteDatabase {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: BUSY_TIMEOUT_MS });
    database.exec('pragma journal_mode = wal; pragma synchronous = full;');
    // Opening reads nothing: only a write finds out that the directory is read-only or that the file is no database.
    database.exec('begin immediate; commit;');
    return new NodeSqliteDatabase(database);
  } catch (cause) {
    database?.close();
    throw new FerryError('INTERNAL', `The database ${file} cannot be opened: ${explain(cause)}`, { cause });
  }
}

/** SQLite's primary result codes (sqlite.org/rescode.html) that an administrator can do something about. */
const advice: Readonly<Record<number, string>> = {
  5: 'another process holds it. Is a second hub running on the same data directory?',
  8: 'it is read-only. Give the account that runs the hub write access to the file and to its directory.',
  10: 'the disk reported an error. Check the disk, then restore the newest backup of the data directory.',
  11: 'its content is damaged. Restore the newest backup of the data directory.',
  13: 'the disk is full. Make room, then start again.',
  14: 'the directory is missing or not writable. Create it, and give the account that runs the hub write access to it.',
  26: 'the file is not a SQLite database. Move it away, or point the hub at another data directory.',
};

function explain(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'errcode' in cause ? Number(cause.errcode) : 0;
  // Extended codes carry the primary one in their lowest byte.
  return advice[code & 0xff] ?? (cause instanceof Error ? cause.message : String(cause));
}
