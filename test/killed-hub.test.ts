import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePostgresDatabase } from '../packages/hub/src/infrastructure/db/temporary-database.ts';
import { type FerryProcess, FerryProcesses } from './system/ferry-processes.ts';
import { random } from './system/random.ts';
import { Writers } from './system/writers.ts';

const EMAIL = 'admin@example.test';
const PASSWORD = 'long enough for a test';
/** A few each time the suite runs; the claim in the documents is made with FERRY_KILLS=50. */
const KILLS = Number(process.env.FERRY_KILLS ?? 4);
const SEED = Number(process.env.FERRY_SEED ?? 1);

let processes: FerryProcesses;
let folder: string;
let postgres: Awaited<ReturnType<typeof makePostgresDatabase>> | undefined;

beforeEach(() => {
  processes = new FerryProcesses();
  folder = mkdtempSync(join(tmpdir(), 'ferryline-killed-hub-'));
});
afterEach(async () => {
  await processes.end();
  await postgres?.remove();
  postgres = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const databases = process.env.FERRY_TEST_POSTGRES_URL === undefined ? ['sqlite'] : ['sqlite', 'postgres'];

test.each(databases)(
  'a hub on %s that is killed in the middle of writes has lost nothing it acknowledged, and did nothing by halves',
  { timeout: 20_000 * (KILLS + 1) },
  async (kind) => {
    if (kind === 'postgres') postgres = await makePostgresDatabase();
    const chance = random(SEED);
    let hub = startHub(0);
    const url = await addressOf(hub);
    const writers = new Writers(url, { email: EMAIL, password: PASSWORD });

    for (let kill = 0; kill < KILLS; kill += 1) {
      const writing = writers.write({ atATime: 6, until: 5 + Math.floor(chance() * 40) });
      await writing.enough;
      hub.signal('SIGKILL');
      await hub.ended;
      await writing.stopped;
      hub = startHub(Number(new URL(url).port));
      await addressOf(hub);
      await writers.repeatUnanswered();
    }

    expect(await writers.differences()).toEqual([]);
    expect(await writers.auditVerdict()).toMatchObject({ ok: true });
    expect(await writers.unauditedChanges()).toEqual([]);
    hub.signal('SIGTERM');
    await hub.ended;
    if (kind === 'sqlite') expect(integrityOf(join(folder, 'hub', 'ferryline.db'))).toEqual(['ok']);
  },
);

function startHub(port: number): FerryProcess {
  const others = Object.entries(process.env).filter(([name]) => !/^(FERRY|XDG)_/.test(name));
  const args = ['hub', '--port', `${port}`, '--data-dir', join(folder, 'hub'), '--log-level', 'error'];
  return processes.start(args, {
    ...Object.fromEntries(others),
    HOME: folder,
    FERRY_ADMIN_EMAIL: EMAIL,
    FERRY_ADMIN_PASSWORD: PASSWORD,
    FERRY_REQUESTS_PER_MINUTE: '1000000',
    ...(postgres && { FERRY_DATABASE_URL: postgres.url }),
  });
}

async function addressOf(hub: FerryProcess): Promise<string> {
  return (await hub.says(/listening on (\S+)\n/))[1] ?? '';
}

function integrityOf(file: string): readonly unknown[] {
  const database = new DatabaseSync(file);
  try {
    const rows = database.prepare('pragma integrity_check').all();
    const orphans = database.prepare('pragma foreign_key_check').all();
    return [...rows.map((row) => row.integrity_check), ...orphans];
  } finally {
    database.close();
  }
}
