import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { Pool } from 'pg';
import type { HubDatabase } from './hub-database.ts';
import { openPostgres } from './open-postgres.ts';
import { openSqlite } from './open-sqlite.ts';

/** A database of its own, for tests. */
export interface TemporaryDatabase<Schema> {
  readonly db: Kysely<Schema>;
  readonly kind: 'sqlite' | 'postgres';
  /** Closes the database and removes it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The connection of this process that makes and removes databases: to make one of those for each costs the server a process. */
let administrator: Pool | undefined;

/**
 * A real database, empty: of the kind that FERRY_TEST_DATABASE names, so that one suite of tests runs against both. SQLite in a
 * directory of its own; or a database of its own on the server of FERRY_TEST_POSTGRES_URL.
 */
export async function temporaryDatabase<Schema>(): Promise<TemporaryDatabase<Schema>> {
  return isPostgres() ? temporaryPostgres() : temporarySqlite();
}

/** As `temporaryDatabase`, with the tables of this program: a copy of one that was made for the whole run of tests. */
export async function migratedDatabase<Schema>(): Promise<TemporaryDatabase<Schema>> {
  const { FERRY_TEST_SQLITE_TEMPLATE: sqlite, FERRY_TEST_POSTGRES_TEMPLATE: postgres } = process.env;
  const template = isPostgres() ? postgres : sqlite;
  if (template === undefined)
    throw new Error('No database to copy for tests: test/database/migrated-databases.ts makes it.');
  return isPostgres() ? temporaryPostgres(template) : temporarySqlite(template);
}

function isPostgres(): boolean {
  return process.env.FERRY_TEST_DATABASE === 'postgres';
}

/** @param template - the file that it begins as a copy of */
async function temporarySqlite<Schema>(template?: string): Promise<TemporaryDatabase<Schema>> {
  const directory = await mkdtemp(join(tmpdir(), 'ferry-db-'));
  const file = join(directory, 'hub.db');
  if (template !== undefined) await copyFile(template, file);
  const db = await openSqlite<Schema>(file);
  return {
    db,
    kind: 'sqlite',
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await rm(directory, { recursive: true });
    },
  };
}

/** @param template - the database that it begins as a copy of */
async function temporaryPostgres<Schema>(template?: string): Promise<TemporaryDatabase<Schema>> {
  const { url, remove } = await makePostgresDatabase(template);
  const { db, close } = await openTestPostgres<Schema>(url);
  return {
    db,
    kind: 'postgres',
    async [Symbol.asyncDispose]() {
      await close();
      await remove();
    },
  };
}

/** Opens a database on the server for tests. @throws what `openPostgres` throws. */
export function openTestPostgres<Schema>(url: string): Promise<HubDatabase<Schema>> {
  return openPostgres<Schema>({ url, poolSize: 4, statementTimeoutMs: 30_000 }, () => undefined);
}

/** Makes a database on the server for tests: an empty one, or a copy of the one of that name. */
export async function makePostgresDatabase(
  template?: string,
): Promise<{ readonly name: string; readonly url: string; remove(): Promise<void> }> {
  const server = process.env.FERRY_TEST_POSTGRES_URL;
  if (server === undefined)
    throw new Error('No PostgreSQL server for tests: test/database/postgres-server.ts starts one.');
  const name = `ferry_test_${randomBytes(8).toString('hex')}`;
  await administer(server, `create database ${name}${template === undefined ? '' : ` template ${template}`}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { name, url: url.href, remove: () => administer(server, `drop database ${name} with (force)`) };
}

async function administer(server: string, statement: string): Promise<void> {
  administrator ??= administratorOf(server);
  await administrator.query(statement);
}

function administratorOf(server: string): Pool {
  // Nobody ends it: it is no reason for the process to live.
  const pool = new Pool({ connectionString: server, max: 1, idleTimeoutMillis: 0, allowExitOnIdle: true });
  // The server ends before the process does; whoever asks for something then hears of it.
  pool.on('error', () => undefined);
  return pool;
}
