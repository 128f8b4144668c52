import { FerryError } from '@ferryline/engine';
import { Kysely } from 'kysely';
import { SqliteThreadDialect } from './sqlite-dialect.ts';
import { SqliteError } from './sqlite-error.ts';
import { SqliteThread } from './sqlite-thread.ts';

/**
 * Opens the embedded database, made when there is none, in a thread of its own. A commit is on stable storage when it returns. Close
 * it with `destroy()`.
 *
 * @param onLost hears when the thread ended by itself, which is a fault: nothing can be asked of the database any more
 * @throws FerryError INTERNAL that says what is wrong with the file or its directory.
 */
export async function openSqlite<Schema>(
  file: string,
  onLost: (error: FerryError) => void = () => undefined,
): Promise<Kysely<Schema>> {
  const thread = new SqliteThread({ file, onLost });
  try {
    await thread.opened();
  } catch (cause) {
    throw new FerryError('INTERNAL', `The database ${file} cannot be opened: ${explain(cause)}`, { cause });
  }
  const db = new Kysely<Schema>({ dialect: new SqliteThreadDialect(thread) });
  // Kysely closes only what was used: without this, a database that nobody asked anything would keep its thread for ever.
  await db.connection().execute(async () => undefined);
  return db;
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
  const code = cause instanceof SqliteError ? (cause.errcode ?? 0) : 0;
  // Extended codes carry the primary one in their lowest byte.
  return advice[code & 0xff] ?? (cause instanceof Error ? cause.message : String(cause));
}
