import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SqliteOutcome } from './sqlite-messages.ts';

/** Another process that reads the file (a backup, a curious administrator) may hold it this long before a write fails. */
const BUSY_TIMEOUT_MS = 5_000;
/**
 * Preparing is three quarters of what a short query costs: with the statement kept it takes 10 µs instead of 50 (measured). Long texts
 * are batches of any size: they gain nothing, hardly come twice, and hold up to a megabyte each.
 */
const KEPT_STATEMENTS = 128;
const KEPT_TEXT_LENGTH = 4_096;

/** The one connection to the embedded database, in the thread that it lives in. Everything is synchronous there. */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens the file, made when there is none. A commit is on stable storage when it returns (WAL with `synchronous=FULL`), which every
   * promise of the hub rests on (FAULTS.md A0).
   *
   * @throws what SQLite throws.
   */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: BUSY_TIMEOUT_MS });
    try {
      this.#database.exec('pragma journal_mode = wal; pragma synchronous = full;');
      // Opening reads nothing: only a write finds out that the directory is read-only or that the file is no database.
      this.#database.exec('begin immediate; commit;');
    } catch (cause) {
      this.#database.close();
      throw cause;
    }
  }

  /** @throws what SQLite throws. */
  execute(sql: string, parameters: readonly unknown[]): SqliteOutcome {
    // A full or broken disk makes SQLite roll back by itself; to fail at it again would hide why it did.
    if (sql === 'rollback' && !this.#database.isTransaction) return { changes: 0, lastInsertRowid: 0 };
    const statement = this.#prepare(sql);
    const values = parameters.map(bindable);
    const columns = statement.columns().map((column) => column.name);
    if (columns.length === 0) {
      const { changes, lastInsertRowid } = statement.run(...values);
      return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
    }
    // Declared as records; it is told to return lists.
    const rows = statement.all(...values) as unknown as readonly (readonly unknown[])[];
    return { result: { columns, rows }, changes: rows.length, lastInsertRowid: 0 };
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    const statement = known ?? this.#database.prepare(sql);
    if (known === undefined) statement.setReturnArrays(true);
    if (sql.length > KEPT_TEXT_LENGTH) return statement;
    // Taken out and put back: a Map remembers in which order, so the first key is the one that was not used for longest.
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    const oldest = this.#statements.keys().next();
    if (this.#statements.size > KEPT_STATEMENTS && !oldest.done) this.#statements.delete(oldest.value);
    return statement;
  }
}

/** A value as SQLite stores it: booleans as 0 and 1, moments as milliseconds since 1970, nothing as NULL. */
function bindable(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`SQLite cannot store a ${typeof value}`);
}
