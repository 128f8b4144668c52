import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Kysely, Migrator, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite } from '../../../infrastructure/db/open-sqlite.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../schema.ts';
import { SqlStore } from '../sql-store.ts';
import * as initial from './0001-initial.ts';
import { migrateToLatest } from './migrate.ts';

let database: TemporaryDatabase<Database>;

beforeEach(async () => {
  database = await temporaryDatabase();
});
afterEach(() => database[Symbol.asyncDispose]());

/** A database as version 0.1.0 left it: one user, two agents, a token, and runs in every state that matters. */
async function asOf010(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ '0001-initial': initial }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  await sql`insert into users (email, role, password_hash, created_at) values ('ops@example.com', 'admin', 'hash', 1)`.execute(
    db,
  );
  for (const name of ['web-01', 'vault']) {
    await sql`
      insert into agents (name, description, labels, status, version, created_at)
      values (${name}, '', '[]', 'offline', '0.1.0', 2)
    `.execute(db);
  }
  await sql`insert into tokens (agent_id, name, prefix, hash, created_at) values (1, 'web-01', 'fla_abc', 'h', 3)`.execute(
    db,
  );
  for (const [state, startedAt] of [
    ['planning', 10],
    ['running', 11],
    ['completed', 12],
    ['failed', 13],
  ] as const) {
    await sql`
      insert into runs (user_id, trigger_kind, source_agent_id, source_root, source_names, destination_agent_id,
        destination_root, destination_names, into_destination, compression, existing, max_retries, state, files_planned,
        files_moved, files_skipped, files_failed, bytes_planned, bytes_moved, wire_bytes, directories_planned, links_planned,
        created_at, started_at)
      values (1, 'api', 1, '/srv', 'data', 2, '/in', '', 1, 'auto', 'replace', 5, ${state}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, ${startedAt})
    `.execute(db);
  }
}

describe('the database that version 0.1.0 really left', () => {
  let folder: string;
  let db: Kysely<Database>;

  // As it stands in released/: a migration that was edited since would not go with it. That version knew SQLite only.
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferry-released-'));
    const file = join(folder, 'ferryline.db');
    const old = new DatabaseSync(file);
    old.exec(await readFile(join(import.meta.dirname, 'released', '0.1.0.sql'), 'utf8'));
    old.close();
    db = await openSqlite<Database>(file);
    await migrateToLatest(db);
  });
  afterEach(async () => {
    await db.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  test('keeps its runs, transfers, issues and tokens', async () => {
    const store = new SqlStore(db, () => new Date());
    const { items } = await store.runs.list(undefined, {}, { limit: 10 });

    expect(items.map(({ id, state, type, counters }) => [id, state, type, counters.filesMoved])).toEqual([
      [4, 'running', 'push', 0],
      [3, 'failed', 'push', 0],
      [2, 'partial', 'push', 3],
      [1, 'completed', 'push', 4],
    ]);
    expect((await store.transfers.list(undefined, { state: 'completed' }, { limit: 20 })).items).toHaveLength(7);
    expect((await store.transfers.list(undefined, { state: 'failed' }, { limit: 20 })).items).toMatchObject([
      { runId: 2, filename: 'a.txt', errorCode: 'DESTINATION_EXISTS' },
    ]);
    expect((await store.runs.listIssues(1, { limit: 10 })).items).toMatchObject([{ path: 'away' }]);
    expect((await store.tokens.list({}, { limit: 10 })).items.map((token) => token.name)).toEqual(['vault', 'web-01']);
    expect(await store.users.getByEmail('ops@example.com')).toMatchObject({
      passwordHash: expect.stringMatching(/^\$argon2id\$/),
    });
  });

  test('lets the run that waits for its destination go on', async () => {
    const store = new SqlStore(db, () => new Date());

    expect((await store.runs.listUnsettled()).map((run) => run.id)).toEqual([4]);
    expect(await store.transfers.listUnsettled(4, 0, 100)).toHaveLength(4);
    const wanted = { beyond: -1, order: 'parentsFirst', limit: 10 } as const;
    expect((await store.runs.listTreeEntries(4, wanted)).map((entry) => entry.names)).toEqual([[], ['deep'], ['link']]);
  });

  test('has the tables that a new database has', async () => {
    const columns = async (of: Kysely<Database>) =>
      (await of.introspection.getTables()).map((table) => [table.name, table.columns.map((column) => column.name)]);
    const anew = await openSqlite<Database>(join(folder, 'new.db'));
    try {
      await migrateToLatest(anew);
      expect(await columns(db)).toEqual(await columns(anew));
    } finally {
      await anew.destroy();
    }
  });
});

describe('a database of version 0.1.0', () => {
  test('is brought up to date with all that is in it', async () => {
    await asOf010(database.db);

    await migrateToLatest(database.db);

    const store = new SqlStore(database.db, () => new Date());
    expect(await store.users.getByEmail('ops@example.com')).toMatchObject({
      role: 'admin',
      passwordHash: 'hash',
      version: 1,
    });
    expect(await store.users.countActiveAdministrators()).toBe(1);
    expect(await store.agents.getByName('vault')).toMatchObject({ labels: [], version: 1 });
    expect(await store.tokens.getByHash('h')).toMatchObject({ agentId: 1 });
    const { items } = await store.runs.list(undefined, {}, { limit: 10 });
    expect(
      items.toReversed().map(({ state, type, selection, plannedAt }) => ({ state, type, selection, plannedAt })),
    ).toEqual([
      { state: 'planning', type: 'push', selection: { include: [], exclude: [] } },
      { state: 'running', type: 'push', selection: { include: [], exclude: [] }, plannedAt: new Date(11) },
      { state: 'completed', type: 'push', selection: { include: [], exclude: [] }, plannedAt: new Date(12) },
      { state: 'failed', type: 'push', selection: { include: [], exclude: [] } },
    ]);
    expect(await store.audit.head()).toEqual({ length: 0, hash: '0'.repeat(64) });
  });

  test('gives out no id twice after it', async () => {
    await asOf010(database.db);
    await migrateToLatest(database.db);

    const store = new SqlStore(database.db, () => new Date());
    const made = await store.agents.create({ name: 'third', description: '', labels: [] });
    await store.agents.delete(made.id, undefined);

    expect((await store.agents.create({ name: 'fourth', description: '', labels: [] })).id).toBeGreaterThan(made.id);
  });
});
