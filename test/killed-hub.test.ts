import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { makePostgresDatabase } from '../packages/hub/src/infrastructure/db/temporary-database.ts';
import { type FerryProcess, FerryProcesses } from './system/ferry-processes.ts';
import { faultsInPostgres } from './system/postgres-integrity.ts';
import { random } from './system/random.ts';
import { faultsInSqlite } from './system/sqlite-integrity.ts';
import { RealAgents } from './system/writers/real-agents.ts';
import { type Figures, Writers } from './system/writers/writers.ts';

const ACCOUNT = { email: 'admin@example.test', password: 'long enough for a test' };
/** A few each time the suite runs; the claim in the documents is made with FERRY_KILLS=50. */
const KILLS = Number(process.env.FERRY_KILLS ?? 4);
/** About as long as the hub takes for a change when eight are asked for at a time. */
const REQUEST_MS = 20;
const SEED = Number(process.env.FERRY_SEED ?? 1);

// A process that is killed leaves nothing compiled for the next one; the first one here lives.
beforeAll(() => new FerryProcesses().run(['hub', '--print-config'], plainEnvironment(tmpdir())));

let processes: FerryProcesses;
let folder: string;
let agents: RealAgents | undefined;
let postgres: Awaited<ReturnType<typeof makePostgresDatabase>> | undefined;

beforeEach(() => {
  processes = new FerryProcesses();
  folder = mkdtempSync(join(tmpdir(), 'ferryline-killed-hub-'));
});
afterEach(async () => {
  await processes.end();
  await agents?.disconnect();
  agents = undefined;
  await postgres?.remove();
  postgres = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const databases = process.env.FERRY_TEST_POSTGRES_URL === undefined ? ['sqlite'] : ['sqlite', 'postgres'];

test.each(databases)(
  'F1: a hub on %s that is killed in the middle of writes has lost nothing it acknowledged, and did nothing by halves',
  { timeout: 20_000 * (KILLS + 1) },
  async (kind) => {
    const startedAtMs = performance.now();
    if (kind === 'postgres') postgres = await makePostgresDatabase();
    const chance = random(SEED);
    let hub = startHub(0);
    const url = await addressOf(hub);
    agents = await RealAgents.enrol(folder, url, ACCOUNT);
    const writers = await Writers.at(url, ACCOUNT, agents.ends);

    for (let kill = 0; kill < KILLS; kill += 1) {
      await agents.connect();
      const writing = writers.write(5 + Math.floor(chance() * 40));
      await writing.enough;
      // At any point of what they ask for now, and not always just behind an answer.
      await delay(chance() * REQUEST_MS);
      hub.signal('SIGKILL');
      await hub.ended;
      await writing.stopped;
      await agents.disconnect();
      expect(await faults()).toEqual([]);
      hub = startHub(Number(new URL(url).port));
      await addressOf(hub);
      expect(await writers.account()).toEqual([]);
    }

    await agents.connect();
    await writers.runsEnded();
    expect(await writers.account()).toEqual([]);
    hub.signal('SIGTERM');
    await hub.ended;
    expect(await faults()).toEqual([]);
    if (process.env.FERRY_KILLS !== undefined) report(kind, writers.figures, performance.now() - startedAtMs);
  },
);

function report(kind: string, { acknowledged, done, repeated }: Figures, elapsedMs: number): void {
  process.stderr.write(
    `${KILLS} kills of a hub on ${kind} (seed ${SEED}) in ${Math.round(elapsedMs / 1000)} s: ${acknowledged} changes acknowledged, ` +
      `${done} done without an answer, ${repeated} not done and asked for again; none lost, none half done\n`,
  );
}

function startHub(port: number): FerryProcess {
  const args = ['hub', '--port', `${port}`, '--data-dir', join(folder, 'hub'), '--log-level', 'error'];
  return processes.start(args, {
    ...plainEnvironment(folder),
    FERRY_ADMIN_EMAIL: ACCOUNT.email,
    FERRY_ADMIN_PASSWORD: ACCOUNT.password,
    FERRY_REQUESTS_PER_MINUTE: '1000000',
    ...(postgres && { FERRY_DATABASE_URL: postgres.url }),
  });
}

function plainEnvironment(home: string): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(FERRY|XDG)_/.test(name));
  return { ...Object.fromEntries(others), HOME: home };
}

async function addressOf(hub: FerryProcess): Promise<string> {
  return (await hub.says(/listening on (\S+)\n/))[1] ?? '';
}

/** What is wrong with the database that the hub left. */
async function faults(): Promise<readonly unknown[]> {
  return postgres === undefined ? faultsInSqlite(join(folder, 'hub', 'ferryline.db')) : faultsInPostgres(postgres.url);
}
