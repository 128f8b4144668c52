import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Kysely } from 'kysely';
import { migrateToLatest } from '../packages/hub/src/adapter/sql/migrations/migrate.ts';
import type { Database } from '../packages/hub/src/adapter/sql/schema.ts';
import { SqlStore } from '../packages/hub/src/adapter/sql/sql-store.ts';
import type { Run } from '../packages/hub/src/domain/run/run.ts';
import type { NewTransfer, Transfer } from '../packages/hub/src/domain/transfer/transfer.ts';
import { openDatabase } from '../packages/hub/src/infrastructure/db/open-database.ts';
import { makePostgresDatabase } from '../packages/hub/src/infrastructure/db/temporary-database.ts';
import { startDurablePostgres } from '../test/database/postgres-server.ts';

/**
 * What one large run costs each database: statements, milliseconds, and the memory of this process, which holds the repositories and, with
 * SQLite, the database itself. Both databases are durable: SQLite with `synchronous=FULL`, PostgreSQL as it comes. `npm run bench:database`,
 * or `npm run bench:database -- --transfers 1000000`.
 */
const { values } = parseArgs({ options: { transfers: { type: 'string', default: '100000' } } });
const count = Number(values.transfers);
const PAGE = 500;

const stopPostgres = await startDurablePostgres();
try {
  for (const kind of ['sqlite', 'postgres'] as const) await measure(kind);
} finally {
  await stopPostgres();
}

async function measure(kind: 'sqlite' | 'postgres'): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ferryline-bench-'));
  const server = kind === 'postgres' ? await makePostgresDatabase() : undefined;
  const postgres = server && { postgres: { url: server.url, poolSize: 10, statementTimeoutMs: 60_000 } };
  const database = await openDatabase<Database>({ dataDir, ...postgres }, () => undefined);
  try {
    await migrateToLatest(database.db);
    await measureRun(kind, database.db);
  } finally {
    await database.close();
    await server?.remove();
    await rm(dataDir, { recursive: true });
  }
}

async function measureRun(kind: string, db: Kysely<Database>): Promise<void> {
  let statements = 0;
  const counting = db.withPlugin({
    transformQuery: ({ node }) => {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const store = new SqlStore(counting, () => new Date());
  const run = await makeRun(store);
  const step = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    statements = 0;
    const before = performance.now();
    await work();
    const ms = performance.now() - before;
    const rssMib = Math.round(process.memoryUsage().rss / 2 ** 20);
    say(
      `${kind.padEnd(8)} ${name.padEnd(34)} ${String(statements).padStart(6)} statements ${ms.toFixed(0).padStart(7)} ms   ${rssMib} MiB`,
    );
  };
  await step('nothing yet', async () => undefined);
  await step(`plan ${count} transfers`, () => plan(store, run));
  await step(`take up ${count} unsettled ones`, () => eachUnsettled(store, run, async () => undefined));
  await step(`record ${count} of them as running`, () => recordAll(store, run, 'running'));
  await step(`record ${count} of them as completed`, () => recordAll(store, run, 'completed'));
  await step('list the first page', () => store.transfers.list(run.userId, { runId: run.id }, { limit: 50 }));
  await step('list the first page by size', () =>
    store.transfers.list(run.userId, { runId: run.id }, { limit: 50, sort: { by: 'sizeBytes', direction: 'desc' } }),
  );
  await step('list all, page by page', () => listAll(store, run));
}

async function makeRun({ users, agents, runs }: SqlStore): Promise<Run> {
  const { id: userId } = await users.create({ email: 'bench@example.com', role: 'user' });
  const source = await agents.create({ name: 'source', description: '', labels: [] });
  const destination = await agents.create({ name: 'destination', description: '', labels: [] });
  return runs.create({
    userId,
    trigger: 'api',
    type: 'push',
    selection: { include: [], exclude: [] },
    source: { agentId: source.id, place: { root: '/srv', names: ['data'] } },
    destination: { agentId: destination.id, place: { root: '/in', names: [] } },
    intoDestination: true,
    options: { compression: 'auto', existing: 'replace', maxRetries: 5 },
  });
}

async function plan({ runs }: SqlStore, run: Run): Promise<void> {
  for (let from = 0; from < count; from += PAGE) {
    const transfers = Array.from({ length: Math.min(PAGE, count - from) }, (_, at) => planned(run, from + at));
    const progress = { id: run.id, state: 'running', counters: run.counters, plannedAt: new Date() } as const;
    await runs.storePlanPage({ runId: run.id, transfers, treeEntries: [], issues: [], progress });
  }
}

async function recordAll(store: SqlStore, run: Run, state: 'running' | 'completed'): Promise<void> {
  await eachUnsettled(store, run, async (page) => {
    const transfers = page.map(({ id, sizeBytes, totalChunks }) => {
      const moved = {
        completedChunks: totalChunks,
        bytesTransferred: sizeBytes,
        wireBytes: sizeBytes,
        storedChunks: 0,
      };
      return { id, state, attempt: 1, retryCount: 0, ...moved, startedAt: new Date() };
    });
    const progress = { id: run.id, state: 'running', counters: run.counters, plannedAt: new Date() } as const;
    await store.runs.record({ transfers, runs: [progress], issues: [] });
  });
}

async function eachUnsettled(
  { transfers }: SqlStore,
  run: Run,
  work: (page: readonly Transfer[]) => Promise<void>,
): Promise<void> {
  let afterId = 0;
  for (;;) {
    const page = await transfers.listUnsettled(run.id, afterId, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    await work(page);
    afterId = last.id;
  }
}

async function listAll({ transfers }: SqlStore, run: Run): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await transfers.list(run.userId, { runId: run.id }, { limit: 1_000, ...(cursor && { cursor }) });
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

function planned(run: Run, ordinal: number): NewTransfer {
  const names = [`directory-${Math.floor(ordinal / 50)}`, `file-${ordinal}.dat`];
  const sizeBytes = 100 + ((ordinal * 7_919) % 54_000);
  return {
    runId: run.id,
    userId: run.userId,
    ordinal,
    filename: names[1] ?? '',
    sizeBytes,
    sourceAgentId: run.source.agentId,
    source: { root: '/srv', names: ['data', ...names] },
    destinationAgentId: run.destination.agentId,
    destination: { root: '/in', names: ['data', ...names] },
    identity: { dev: '2049', ino: String(ordinal), size: sizeBytes, mtimeNs: '1700000000123456789', ctimeNs: '0' },
    mode: 0o640,
    mtimeNs: '1700000000123456789',
    compression: 'auto',
    chunkSizeBytes: 1_048_576,
    totalChunks: 1,
    maxRetries: 5,
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
