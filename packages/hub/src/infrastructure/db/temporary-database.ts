import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { Client } from 'pg';
import { openPostgres } from './open-postgres.ts';
import { openSqlite } from './open-sqlite.ts';

/** An empty database of its own, for tests. */
export interface TemporaryDatabase<Schema> {
  readonly db: Kysely<Schema>;
  readonly kind: 'sqlite' | 'postgres';
  /** Closes the database and removes it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A real database: of the kind that FERRY_TEST_DATABASE names, so that one suite of tests runs against both. SQLite in a directory of
 * its own; or a database of its own on the server of FERRY_TEST_POSTGRES_URL.
 */
export async function temporaryDatabase<Schema>(): Promise<TemporaryDatabase<Schema>> {
  return process.env.FERRY_TEST_DATABASE === 'postgres' ? temporaryPostgres() : temporarySqlite();
}

async function temporarySqlite<Schema>(): Promise<TemporaryDatabase<Schema>> {
  const directory = await mkdtemp(join(tmpdir(), 'ferry-db-'));
  const db = await openSqlite<Schema>(join(directory, 'hub.db'));
  return {
    db,
    kind: 'sqlite',
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await rm(directory, { recursive: true });
    },
  };
}

async function temporaryPostgres<Schema>(): Promise<TemporaryDatabase<Schema>> {
  const { url, remove } = await makePostgresDatabase();
  const config = { url, poolSize: 4, statementTimeoutMs: 30_000 };
  const { db, close } = await openPostgres<Schema>(config, () => undefined);
  return {
    db,
    kind: 'postgres',
    async [Symbol.asyncDispose]() {
      await close();
      await remove();
    },
  };
}

/** Makes an empty database on the server for tests. */
export async function makePostgresDatabase(): Promise<{ readonly url: string; remove(): Promise<void> }> {
  const server = process.env.FERRY_TEST_POSTGRES_URL;
  if (server === undefined)
    throw new Error('No PostgreSQL server for tests: test/database/postgres-server.ts starts one.');
  const name = `ferry_test_${randomBytes(8).toString('hex')}`;
  await administer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, remove: () => administer(server, `drop database ${name} with (force)`) };
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
