import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePostgresDatabase } from '../packages/hub/src/infrastructure/db/temporary-database.ts';
import { Ferryline, type RunView } from './system/ferryline.ts';
import { treeDifferences } from './system/tree-differences.ts';

// vitest.config.ts says so aloud where there is no server.
describe.skipIf(process.env.FERRY_TEST_POSTGRES_URL === undefined)('a hub on PostgreSQL', () => {
  let postgres: Awaited<ReturnType<typeof makePostgresDatabase>>;
  let ferryline: Ferryline;

  beforeEach(async () => {
    postgres = await makePostgresDatabase();
    ferryline = await Ferryline.start({
      postgres: { url: postgres.url, poolSize: 4, statementTimeoutMs: 30_000 },
    });
    await ferryline.startBothAgents();
    await mkdir(join(ferryline.folder, 'source', 'tree', 'below'), { recursive: true });
    for (const name of ['a', 'below/b', 'below/c']) {
      await writeFile(join(ferryline.folder, 'source', 'tree', name), `content of ${name}`);
    }
  });
  afterEach(async () => {
    await ferryline.close();
    await postgres.remove();
  });

  test('copies, and copies again when it was restarted, with agents that come back by themselves', async () => {
    const before = await ferryline.copy('tree', 'before');

    await ferryline.restartHub();
    const after = await ferryline.copy('tree', 'after');

    for (const run of [before, after]) {
      expect(run).toMatchObject({ state: 'completed', counters: { filesMoved: 3, filesFailed: 0 } });
    }
    expect(await ferryline.get<RunView>(`runs/${before.id}`)).toEqual(before);
    expect(await readdir(join(ferryline.folder, 'hub'))).not.toContain('ferryline.db');
    const source = join(ferryline.folder, 'source', 'tree');
    expect(await treeDifferences(source, join(ferryline.folder, 'destination', 'before'))).toEqual([]);
    expect(await treeDifferences(source, join(ferryline.folder, 'destination', 'after'))).toEqual([]);
  });

  test('starts a job by itself at the seconds that its schedule names, and goes on with it when it was restarted', async () => {
    const job = await ferryline.post<{ id: number }>('jobs', {
      name: 'every second',
      type: 'push',
      source: { agent: 'source', path: join(ferryline.folder, 'source', 'tree') },
      destination: { agent: 'destination', path: join(ferryline.folder, 'destination', 'tree') },
      schedule: { cron: '* * * * * *', timeZone: 'UTC' },
    });

    const due = async () => (await ferryline.get<{ items: RunView[] }>(`runs?job=${job.id}&trigger=schedule`)).items;
    const another = async (before: number) =>
      expect.poll(async () => (await due()).length, { timeout: 30_000 }).toBeGreaterThan(before);
    await another(0);
    await ferryline.restartHub();
    await another((await due()).length);
    await ferryline.patch(`jobs/${job.id}`, { status: 'paused' });
    const runs = await Promise.all((await due()).map((run) => ferryline.settled(run.id)));

    const tickAt = expect.stringMatching(/:\d\d\.000Z$/);
    const expected = { state: 'completed', job: { id: job.id }, tickAt, counters: { filesMoved: 3, filesFailed: 0 } };
    for (const run of runs) expect(run).toMatchObject(expected);
    expect(await ferryline.get(`jobs/${job.id}/schedule`)).toEqual({ next: [] });
    const [source, arrived] = ['source', 'destination'].map((each) => join(ferryline.folder, each, 'tree'));
    expect(await treeDifferences(source ?? '', arrived ?? '')).toEqual([]);
  });
});
