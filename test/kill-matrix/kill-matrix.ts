import { parseArgs } from 'node:util';
import { random } from '../system/random.ts';
import { parties } from '../system/three-processes.ts';
import { type Case, MatrixStage, type Outcome } from './matrix-stage.ts';

/**
 * Real processes, killed (SIGKILL) and frozen (SIGSTOP, then SIGCONT) at random moments of a copy: `npm run kill-matrix`, or
 * `npm run kill-matrix -- --moments 5 --seed 7`. Prints a row for each party and signal; ends with 1 when a promise was broken, and says
 * in which case.
 */
const { values } = parseArgs({
  options: { moments: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const moments = Number(values.moments);
const chance = random(Number(values.seed));

const stage = await MatrixStage.set();
let broken = 0;
try {
  say(
    `${moments} moments each, seed ${values.seed}; an undisturbed copy takes ${(stage.undisturbedMs / 1_000).toFixed(1)} s`,
  );
  say(row('party', 'signal', 'identical', 'published once', 'most sent again', 'median', 'longest'));
  for (const victim of parties) {
    for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
      const outcomes: Outcome[] = [];
      for (let moment = 0; moment < moments; moment += 1) outcomes.push(await judge({ victim, signal, at: chance() }));
      report(victim, signal, outcomes);
    }
  }
} finally {
  await stage.close();
}
process.exitCode = broken === 0 ? 0 : 1;

async function judge(each: Case): Promise<Outcome> {
  const outcome = await stage.disturb(each);
  if (outcome.problems.length > 0) {
    broken += 1;
    const when = `${each.victim} ${each.signal} after ${(100 * each.at).toFixed(1)} % of the time`;
    say(`BROKEN: ${when}: ${outcome.problems.join('; ')}`);
  }
  return outcome;
}

function report(victim: string, signal: string, outcomes: readonly Outcome[]): void {
  const of = (holds: (outcome: Outcome) => boolean): string => `${outcomes.filter(holds).length}/${outcomes.length}`;
  const times = outcomes.map((each) => each.ms / 1_000).toSorted((a, b) => a - b);
  const again = Math.max(...outcomes.map((each) => each.sentAgainBytes)) / 2 ** 20;
  const seconds = (value = 0): string => `${value.toFixed(1)} s`;
  const middle = times[Math.floor(times.length / 2)];
  const counts = [of((each) => each.isIdentical), of((each) => each.isPublishedOnce)];
  say(row(victim, signal, ...counts, `${again.toFixed(1)} MiB`, seconds(middle), seconds(times.at(-1))));
}

function row(...cells: readonly string[]): string {
  const widths = [12, 8, 10, 15, 16, 8, 8];
  return cells
    .map((cell, at) => cell.padEnd(widths[at] ?? 0))
    .join(' ')
    .trimEnd();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
