/** SQLite's extended result codes for UNIQUE and PRIMARY KEY (sqlite.org/rescode.html). */
const SQLITE_UNIQUE = [2067, 1555];
/** SQLite's for FOREIGN KEY. */
const SQLITE_FOREIGN_KEY = 787;
/** PostgreSQL's SQLSTATEs, of class 23 (integrity constraint violation). */
const POSTGRES_UNIQUE = '23505';
const POSTGRES_FOREIGN_KEY = '23503';

/** Of class 40 (transaction rollback): serialization failure, and deadlock: two transactions waited for each other. */
const POSTGRES_GIVEN_WAY = ['40001', '40P01'];

/** Whether a statement failed because another row has that key. */
export function isUniqueViolation(thrown: unknown): boolean {
  return SQLITE_UNIQUE.includes(Number(codeOf(thrown, 'errcode'))) || codeOf(thrown, 'code') === POSTGRES_UNIQUE;
}

/** Whether a statement failed because other rows name, or do not find, this one. */
export function isForeignKeyViolation(thrown: unknown): boolean {
  return Number(codeOf(thrown, 'errcode')) === SQLITE_FOREIGN_KEY || codeOf(thrown, 'code') === POSTGRES_FOREIGN_KEY;
}

/** Whether the database ended this transaction so that another one could go on: it may be tried again. */
export function gaveWay(thrown: unknown): boolean {
  return POSTGRES_GIVEN_WAY.includes(String(codeOf(thrown, 'code')));
}

/**
 * SQLite's primary result codes of what no later attempt changes: ERROR (the statement itself), TOOBIG, CONSTRAINT, MISMATCH, RANGE.
 * BUSY, LOCKED, FULL, IOERR, NOMEM, READONLY and the like pass, or are repaired.
 */
const SQLITE_HOPELESS = [1, 18, 19, 20, 25];
const SQLITE_PRIMARY_CODE = 0xff;
/**
 * PostgreSQL's classes of SQLSTATEs of the same kind: feature not supported, cardinality, data, integrity, syntax or unknown names,
 * `with check option`, program limits, and what a trigger raises. Connections (08), resources (53), operators (57), the system (58)
 * and transactions (25, 40) pass.
 */
const POSTGRES_HOPELESS = ['0A', '21', '22', '23', '42', '44', '54', 'P0'];
/** Of class 42, but an administrator grants it. */
const POSTGRES_INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Whether the same statement with the same values would be refused for ever. In doubt it would not: what is tried again in vain costs
 * time, what is given up costs a record.
 */
export function isHopeless(thrown: unknown): boolean {
  // A value that no database can be handed.
  if (thrown instanceof TypeError || thrown instanceof RangeError) return true;
  const errcode = codeOf(thrown, 'errcode');
  if (typeof errcode === 'number') return SQLITE_HOPELESS.includes(errcode & SQLITE_PRIMARY_CODE);
  const code = codeOf(thrown, 'code');
  if (typeof code !== 'string' || code === POSTGRES_INSUFFICIENT_PRIVILEGE) return false;
  return /^[0-9A-Z]{5}$/.test(code) && POSTGRES_HOPELESS.includes(code.slice(0, 2));
}

function codeOf(thrown: unknown, name: 'code' | 'errcode'): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined;
}
