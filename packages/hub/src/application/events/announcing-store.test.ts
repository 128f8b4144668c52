import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../adapter/sql/schema.ts';
import { SqlStore } from '../../adapter/sql/sql-store.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { standIn } from '../store/stand-in.ts';
import type { Store } from '../store/store.ts';
import { announcingStore } from './announcing-store.ts';
import { WaitingChanges } from './waiting-changes.ts';

const agent = { name: 'web-01', description: '', labels: [] };

let database: TemporaryDatabase<Database>;
let plain: Store;
let changes: WaitingChanges;

beforeEach(async () => {
  database = await migratedDatabase();
  plain = new SqlStore(database.db, () => new Date());
  changes = new WaitingChanges();
});

afterEach(() => database[Symbol.asyncDispose]());

describe('a store that announces', () => {
  test('tells of what a transaction changed after its commit, not before', async () => {
    const store = announcingStore(plain, changes);

    const { id, within } = await store.transaction(async ({ agents }) => {
      const made = await agents.create(agent);
      return { id: made.id, within: changes.take().agents.size };
    });

    expect(within).toBe(0);
    expect([...changes.take().agents]).toEqual([id]);
  });

  test('tells nothing of a transaction that was undone, or of a change that was refused', async () => {
    const store = announcingStore(plain, changes);
    const undone = store.transaction(async ({ agents }) => {
      await agents.create(agent);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    await store.agents.update(1, 1, { name: 'web-02' });
    await store.agents.delete(1, undefined);

    const { agents, removedAgents } = changes.take();

    expect([agents.size, removedAgents.size]).toEqual([0, 0]);
  });

  test('tells of a transaction that was done over only what the last try did', async () => {
    const undoOnce = standIn(plain, {
      async transaction(work) {
        const tried = plain.transaction(async (repositories) => {
          await work(repositories);
          throw new Error('deadlock');
        });
        await expect(tried).rejects.toThrow('deadlock');
        return plain.transaction(work);
      },
    });
    const store = announcingStore(undoOnce, changes);
    let tries = 0;

    await store.transaction(async ({ agents }) => {
      tries += 1;
      await agents.create(agent);
      if (tries === 1) await agents.create({ ...agent, name: 'web-02' });
    });

    expect(tries).toBe(2);
    expect(changes.take().agents.size).toBe(1);
  });
});

describe('changes that wait', () => {
  test('name the runs of transfers that are too many, and everything when a run is not known', () => {
    const ids = Array.from({ length: 300 }, (_, at) => at + 1);
    changes.transfersChanged(ids, [7, 8]);
    const known = changes.take();
    changes.transfersChanged(ids, []);
    const unknown = changes.take();

    expect([known.transfers.size, [...known.runsWithManyTransfers], known.isEverything]).toEqual([0, [7, 8], false]);
    expect(unknown.isEverything).toBe(true);
    expect(changes.take().isEverything).toBe(false);
  });

  test('are everything when more of them change than are kept', () => {
    for (let id = 0; id <= 1_000; id += 1) changes.jobChanged(id);

    const { jobs, isEverything } = changes.take();

    expect([jobs.size, isEverything]).toEqual([0, true]);
  });
});
