import type { SqliteFailure } from './sqlite-messages.ts';

/** What SQLite refused, as it said it in its own thread. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  /** SQLite's extended result code (sqlite.org/rescode.html), when it was SQLite that refused. */
  readonly errcode: number | undefined;

  constructor({ message, errcode }: SqliteFailure) {
    super(message);
    this.errcode = errcode;
  }
}
