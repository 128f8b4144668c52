import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Children } from '../scripts/stage/children.ts';
import { setStage } from '../scripts/stage/stage.ts';
import { ferrylinePeer } from './peers.ts';
import { manySmallFiles } from './workloads.ts';

/**
 * How long the hub's event loop keeps frames waiting while many small files pass, each of which is several updates of its state in the
 * database: `npm run bench:event-loop`, or `npm run bench:event-loop -- --small-files 26800`. The hub is a process of its own, as always.
 */
const { values } = parseArgs({ options: { 'small-files': { type: 'string', default: '20000' } } });
const count = Number(values['small-files']);

const folder = await mkdtemp(join(tmpdir(), 'ferryline-bench-'));
const children = new Children();
process.on('exit', () => children.kill());
const probeFile = join(folder, 'probe.jsonl');
process.env.NODE_OPTIONS = `--import=${join(import.meta.dirname, 'event-loop-probe.mjs')}`;
process.env.BENCH_PROBE_FILE = probeFile;
try {
  const source = join(folder, 'source');
  await mkdir(source);
  const workload = await manySmallFiles(source, count);
  const stage = await setStage(children, folder, source);
  const peer = ferrylinePeer(children, stage);
  const startedAt = Date.now();
  await peer.copy(workload.folder, 'measured');
  const endedAt = Date.now();
  const seconds = (await readFile(probeFile, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { at: number; p50: number; p99: number; max: number })
    .filter(({ at }) => at > startedAt && at <= endedAt + 1_000);
  const of = (pick: (second: (typeof seconds)[number]) => number): readonly number[] =>
    seconds.map(pick).toSorted((a, b) => a - b);
  const elapsed = (endedAt - startedAt) / 1_000;
  say(`${count} files in ${elapsed.toFixed(1)} s: ${Math.round(count / elapsed)} files a second through the hub`);
  say(`event-loop delay, of ${seconds.length} seconds: p50 ${middle(of(({ p50 }) => p50))} ms`);
  say(`p99 of a second: median ${middle(of(({ p99 }) => p99))} ms, worst ${last(of(({ p99 }) => p99))} ms`);
  say(`longest at all: ${last(of(({ max }) => max))} ms`);
} finally {
  await children.stop();
  await rm(folder, { recursive: true, force: true });
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
