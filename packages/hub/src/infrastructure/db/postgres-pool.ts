import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { type ClientConfig, Pool, type PoolClient } from 'pg';

/** Stands for a NUL, which PostgreSQL's text cannot hold: U+2400, the sign that people see for it. */
const SIGN_FOR_NUL = '␀';

/**
 * The connections that queries go over. One that breaks fails the query or the transaction that uses it, is replaced, and harms nothing
 * else. Text with a NUL is taken with a sign instead: agents send text that goes into one statement with that of others, and a
 * statement that is refused would be tried again for ever.
 *
 * @param size how many connections there are at most
 */
export function postgresPool(connection: ClientConfig, size: number): PostgresPool {
  const pool = new Pool({ ...connection, max: size });
  // An `error` that nobody listens to ends the process. The pool's own is about connections that nobody uses;
  pool.on('error', () => undefined);
  // one that breaks in a transaction, between two queries, says it itself.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    connect: async () => takingAnyText(await pool.connect()),
    end: () => pool.end(),
  };
}

function takingAnyText(client: PoolClient): PostgresPoolClient {
  // Kysely's other form of a query takes a cursor, and needs one to be configured.
  const query = (text: string, parameters: readonly unknown[]) => client.query(text, parameters.map(withoutNul));
  return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release() };
}

function withoutNul(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', SIGN_FOR_NUL) : value;
}
