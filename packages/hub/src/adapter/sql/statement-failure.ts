/** SQLite's extended result codes for UNIQUE and PRIMARY KEY (sqlite.org/rescode.html). */
const SQLITE_UNIQUE = [2067, 1555];
/** SQLite's for FOREIGN KEY. */
const SQLITE_FOREIGN_KEY = 787;
/** PostgreSQL's SQLSTATEs, of class 23 (integrity constraint violation). */
const POSTGRES_UNIQUE = '23505';
const POSTGRES_FOREIGN_KEY = '23503';

/** Not of class 23: two transactions waited for each other. */
const POSTGRES_DEADLOCK = '40P01';

/** Whether a statement failed because another row has that key. */
export function isUniqueViolation(thrown: unknown): boolean {
  return SQLITE_UNIQUE.includes(Number(codeOf(thrown, 'errcode'))) || codeOf(thrown, 'code') === POSTGRES_UNIQUE;
}

/** Whether a statement failed because other rows name, or do not find, this one. */
export function isForeignKeyViolation(thrown: unknown): boolean {
  return Number(codeOf(thrown, 'errcode')) === SQLITE_FOREIGN_KEY || codeOf(thrown, 'code') === POSTGRES_FOREIGN_KEY;
}

/** Whether the database ended this transaction so that another one could go on: it may be tried again. */
export function isDeadlock(thrown: unknown): boolean {
  return codeOf(thrown, 'code') === POSTGRES_DEADLOCK;
}

function codeOf(thrown: unknown, name: 'code' | 'errcode'): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined;
}
