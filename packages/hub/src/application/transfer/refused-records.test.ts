import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExampleRun, exampleNow, exampleTransfer } from '../../adapter/sql/example-run.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { SqlStore } from '../../adapter/sql/sql-store.ts';
import { noCounters, type Run } from '../../domain/run/run.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { Dispatcher } from '../../infrastructure/dispatch/dispatcher.ts';
import { RecordKeeper } from '../../infrastructure/dispatch/record-keeper.ts';
import type { Store } from '../store/store.ts';
import { TransferRecords } from './transfer-records.ts';

const logger = pino({ level: 'silent' });

let database: TemporaryDatabase<Database>;
let store: Store;

beforeEach(async () => {
  database = await migratedDatabase();
  store = new SqlStore(database.db, exampleNow);
});

afterEach(() => database[Symbol.asyncDispose]());

/** Has the database refuse every change that leaves a row of the table so. */
async function refuse(table: 'runs' | 'transfers', row: string): Promise<void> {
  const statement =
    database.kind === 'postgres'
      ? `alter table ${table} add constraint refusal check (not (${row})) not valid`
      : `create trigger refusal after update on ${table} when exists (select 1 from ${table} where id = new.id and ${row})
         begin select raise(abort, 'refused by the test'); end`;
  await sql.raw(statement).execute(database.db);
}

async function planned(run: Run, files: number): Promise<readonly number[]> {
  const transfers = Array.from({ length: files }, (_, ordinal) => exampleTransfer(run, ordinal));
  const progress = { id: run.id, state: 'running', counters: noCounters, plannedAt: exampleNow() } as const;
  await store.runs.storePlanPage({ runId: run.id, transfers, treeEntries: [], issues: [], progress });
  return (await store.transfers.listUnsettled(run.id, 0, files)).map(({ id }) => id);
}

function moved(id: number, state: 'completed' | 'failed' = 'completed') {
  const amounts = {
    attempt: 1,
    retryCount: 0,
    completedChunks: 3,
    bytesTransferred: 3_000_000,
    wireBytes: 9,
    storedChunks: 0,
  };
  return { id, state, ...amounts, endedAt: exampleNow() } as const;
}

describe('a record that the database refuses for good', () => {
  test('ends the run whose transfer it is about, and all the others are written', async () => {
    const [harmed, other] = [await createExampleRun(database.db), await createExampleRun(database.db)];
    const [bad = 0, beside = 0] = await planned(harmed, 2);
    const good = await planned(other, 5);
    await refuse('transfers', `id = ${bad} and state = 'completed'`);
    const broken: number[] = [];
    const records = new TransferRecords({ store });
    const onRunBroke = (runId: number) => broken.push(runId);
    const keeper = new RecordKeeper({ records, onRunBroke, nowMs: () => exampleNow().getTime(), logger });

    const transfers = [good[0] ?? 0, bad, beside, ...good.slice(1)].map((id) => moved(id));
    const runs = [{ id: other.id, state: 'completed', counters: noCounters, endedAt: exampleNow() } as const];
    await keeper.record({ transfers, runs, issues: [] });

    expect(broken).toEqual([harmed.id]);
    const written = await store.transfers.getByIds([beside, ...good]);
    expect(new Set(written.map(({ state }) => state))).toEqual(new Set(['completed']));
    expect((await store.runs.getById(other.id))?.state).toBe('completed');
    expect((await store.transfers.getByIds([bad]))[0]).toMatchObject({ state: 'failed', errorCode: 'INTERNAL' });
  });

  test('parts no transfer from what it is planned to be from now on', async () => {
    const [harmed, other] = [await createExampleRun(database.db), await createExampleRun(database.db)];
    const [bad = 0] = await planned(harmed, 1);
    const [good = 0] = await planned(other, 1);
    await refuse('transfers', `id = ${bad} and state = 'completed'`);
    const records = new TransferRecords({ store });
    const keeper = new RecordKeeper({ records, onRunBroke: () => undefined, nowMs: () => 0, logger });
    const plan = { identity: exampleTransfer(other, 0).identity, mode: 0o600, mtimeNs: '7', chunkSizeBytes: 1_048_576 };

    const replans = [bad, good].map((id) => ({ id, ...plan, sizeBytes: 8, totalChunks: 1 }));
    await keeper.record({ replans, transfers: [moved(bad), moved(good)], runs: [], issues: [] });

    const [written] = await store.transfers.getByIds([good]);
    expect(written).toMatchObject({ state: 'completed', sizeBytes: 8, totalChunks: 1, mtimeNs: '7' });
  });

  test('keeps no other run waiting, and both runs end', async () => {
    const [harmed, other] = [await createExampleRun(database.db), await createExampleRun(database.db)];
    await refuse('runs', `id = ${harmed.id} and error_code = 'SOURCE_NOT_FOUND'`);
    const ended: number[] = [];
    const bothEnded = Promise.withResolvers<void>();
    const dispatcher = new Dispatcher({
      links: {
        sendMessage: () => undefined,
        sendFrame: () => undefined,
        movedLanes: () => [],
        takeBackFrames: () => [],
        closeSession: () => undefined,
      },
      records: new TransferRecords({ store }),
      runEnds: { runEnded: ({ runId }) => void (ended.push(runId) === 2 && bothEnded.resolve()) },
      relayMemoryBytes: 8 * 2 ** 20,
      stalledAfterMs: 60_000,
      nowMs: Date.now,
      logger,
    });
    await dispatcher.start();
    for (const { source, destination } of [harmed, other]) {
      for (const { agentId } of [source, destination]) dispatcher.dispatch({ type: 'sessionOpened', agentId });
    }

    const failure = { type: 'runFailed', code: 'SOURCE_NOT_FOUND', message: 'There is no /srv/data.' } as const;
    for (const run of [harmed, other]) {
      const message = { ...failure, run: run.id };
      dispatcher.dispatch({ type: 'messageReceived', agentId: run.source.agentId, message });
    }
    await bothEnded.promise;
    await dispatcher.close();

    expect(ended.toSorted()).toEqual([harmed.id, other.id]);
    expect(await store.runs.getById(other.id)).toMatchObject({ state: 'failed', errorCode: 'SOURCE_NOT_FOUND' });
    expect(await store.runs.getById(harmed.id)).toMatchObject({ state: 'failed', errorCode: 'INTERNAL' });
  });
});
