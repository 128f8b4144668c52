import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makePostgresDatabase } from '../packages/hub/src/infrastructure/db/temporary-database.ts';
import { Children } from '../scripts/stage/children.ts';
import { setStage } from '../scripts/stage/stage.ts';
import { startDurablePostgres } from '../test/database/postgres-server.ts';
import { ferrylinePeer } from './peers.ts';
import { manySmallFiles } from './workloads.ts';

/**
 * How long the hub's event loop keeps frames waiting while many small files pass, each of which is several updates of its state in the
 * database, of either kind: `npm run bench:event-loop`, or `npm run bench:event-loop -- --small-files 26800`. The hub is a process of its
 * own, as always.
 */
const { values } = parseArgs({ options: { 'small-files': { type: 'string', default: '20000' } } });
const count = Number(values['small-files']);
/** A file is recorded at least when it begins to move and when it has arrived. */
const UPDATES_PER_FILE = 2;

interface Second {
  readonly at: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** How often the delay was looked at, and how often it was above the limit of 20 ms. */
  readonly looks: number;
  readonly late: number;
}

process.env.NODE_OPTIONS = `--import=${join(import.meta.dirname, 'event-loop-probe.mjs')}`;
const stopPostgres = await startDurablePostgres();
try {
  await measure('sqlite', {});
  const postgres = await makePostgresDatabase();
  try {
    await measure('postgres', { FERRY_DATABASE_URL: postgres.url });
  } finally {
    await postgres.remove();
  }
} finally {
  await stopPostgres();
}

async function measure(database: string, hubSettings: Readonly<Record<string, string>>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ferryline-bench-'));
  const children = new Children();
  const kill = (): void => children.kill();
  process.once('exit', kill);
  const probeFile = join(folder, 'probe.jsonl');
  process.env.BENCH_PROBE_FILE = probeFile;
  try {
    const source = join(folder, 'source');
    await mkdir(source);
    const workload = await manySmallFiles(source, count);
    const stage = await setStage(children, folder, source, hubSettings);
    const peer = ferrylinePeer(children, stage);
    const startedAt = Date.now();
    await peer.copy(workload.folder, 'measured');
    const endedAt = Date.now();
    const lines = (await readFile(probeFile, 'utf8')).trim().split('\n');
    const seconds = lines.map((line) => JSON.parse(line) as Second);
    const during = seconds.filter(({ at }) => at > startedAt && at <= endedAt + 1_000);
    report(database, (endedAt - startedAt) / 1_000, during);
  } finally {
    await children.stop();
    process.off('exit', kill);
    await rm(folder, { recursive: true, force: true });
  }
}

function report(database: string, elapsed: number, seconds: readonly Second[]): void {
  const of = (pick: (second: Second) => number): readonly number[] => seconds.map(pick).toSorted((a, b) => a - b);
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
  const updates = Math.round((UPDATES_PER_FILE * count) / elapsed);
  say(`${database}: ${count} files in ${elapsed.toFixed(1)} s, ${updates} status updates a second or more`);
  say(`  event-loop delay, of ${seconds.length} seconds: p50 ${middle(of(({ p50 }) => p50))} ms`);
  say(`  p99 of a second: median ${middle(of(({ p99 }) => p99))} ms, worst ${last(of(({ p99 }) => p99))} ms`);
  const late = (100 * sum(of((each) => each.late))) / sum(of(({ looks }) => looks));
  say(`  above 20 ms: ${late.toFixed(2)} % of the time looked at (1 % is what p99 < 20 ms allows)`);
  say(`  longest at all: ${last(of(({ max }) => max))} ms`);
}

function middle(sorted: readonly number[]): string {
  return (sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1);
}

function last(sorted: readonly number[]): string {
  return (sorted.at(-1) ?? 0).toFixed(1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
