import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateToLatest } from '../../packages/hub/src/adapter/sql/migrations/migrate.ts';
import { openSqlite } from '../../packages/hub/src/infrastructure/db/open-sqlite.ts';
import { makePostgresDatabase, openTestPostgres } from '../../packages/hub/src/infrastructure/db/temporary-database.ts';

/**
 * Makes, once for a run of tests, a database of each kind with the schema of this program and nothing in it, and tells of them in
 * FERRY_TEST_SQLITE_TEMPLATE and FERRY_TEST_POSTGRES_TEMPLATE: to copy one costs a fraction of migrating an empty one. Comes after the
 * server for tests. Returns what removes them.
 */
export async function setup(): Promise<() => Promise<void>> {
  // Every project of the run asks; the first one makes them.
  if (process.env.FERRY_TEST_SQLITE_TEMPLATE !== undefined) return async () => undefined;
  const removeSqlite = await makeSqlite();
  const removePostgres = process.env.FERRY_TEST_POSTGRES_URL === undefined ? undefined : await makePostgres();
  return async () => {
    removeSqlite();
    await removePostgres?.();
  };
}

async function makeSqlite(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-template-'));
  const file = join(folder, 'hub.db');
  const db = await openSqlite(file);
  await migrateToLatest(db);
  await db.destroy();
  process.env.FERRY_TEST_SQLITE_TEMPLATE = file;
  return () => rmSync(folder, { recursive: true });
}

async function makePostgres(): Promise<() => Promise<void>> {
  const { name, url, remove } = await makePostgresDatabase();
  const { db, close } = await openTestPostgres(url);
  await migrateToLatest(db);
  await close();
  process.env.FERRY_TEST_POSTGRES_TEMPLATE = name;
  return remove;
}
