/** What the hub's thread and the thread of the embedded database say to each other. */

export interface SqliteRequest {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Rows as lists, their columns named once: a thousand rows as objects cost the receiving thread twice as much (docs/adr/0007). */
export interface SqliteRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

export interface SqliteOutcome {
  /** Absent for a statement that returns none. */
  readonly result?: SqliteRows;
  readonly changes: number;
  readonly lastInsertRowid: number;
}

/** What SQLite says of a failure; `errcode` as in sqlite.org/rescode.html. */
export interface SqliteFailure {
  readonly message: string;
  readonly errcode?: number;
}

export type SqliteAnswer =
  | { readonly id: number; readonly outcome: SqliteOutcome }
  | { readonly id: number; readonly failure: SqliteFailure };

/** The first thing that the thread says: the database is open, or why not. */
export type SqliteGreeting = { readonly opened: true } | { readonly opened: false; readonly failure: SqliteFailure };
