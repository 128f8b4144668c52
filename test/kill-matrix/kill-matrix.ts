import { parseArgs } from 'node:util';
import { random } from '../system/random.ts';
import { parties } from '../system/three-processes.ts';
import { type Case, MatrixStage, type Outcome, relays, type Setting, transports } from './matrix-stage.ts';

/**
 * Real processes, killed (SIGKILL) and frozen (SIGSTOP, then SIGCONT) at random moments of a copy, by WebSocket and by polling, with a
 * relay that forwards and one that stores: `npm run kill-matrix`, or `npm run kill-matrix -- --moments 5 --seed 7`; `--transport`,
 * `--relay`, `--party` and `--signal` ask for one of each. Prints a row for each party and signal; ends with 1 when a promise was broken, and says in which case.
 */
const { values } = parseArgs({
  options: {
    moments: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    transport: { type: 'string' },
    relay: { type: 'string' },
    party: { type: 'string' },
    signal: { type: 'string' },
  },
});
const moments = Number(values.moments);
const chance = random(Number(values.seed));

let broken = 0;
say(`${moments} moments each, seed ${values.seed}`);
say(
  row('transport', 'relay', 'party', 'signal', 'identical', 'published once', 'most sent again', 'median', 'longest'),
);
for (const transport of transports) {
  for (const relay of relays) {
    if (isAskedFor(transport, values.transport) && isAskedFor(relay, values.relay))
      await disturbEach({ transport, relay });
  }
}
process.exitCode = broken === 0 ? 0 : 1;

function isAskedFor(each: string, only: string | undefined): boolean {
  return only === undefined || only === each;
}

async function disturbEach(setting: Setting): Promise<void> {
  const stage = await MatrixStage.set(setting);
  try {
    for (const victim of parties) {
      for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
        if (!isAskedFor(victim, values.party) || !isAskedFor(signal, values.signal)) continue;
        const outcomes: Outcome[] = [];
        for (let moment = 0; moment < moments; moment += 1) {
          outcomes.push(await judge(stage, { victim, signal, at: chance() }));
        }
        report([setting.transport, setting.relay, victim, signal], outcomes);
      }
    }
  } finally {
    await stage.close();
  }
}

async function judge(stage: MatrixStage, each: Case): Promise<Outcome> {
  const outcome = await stage.disturb(each);
  if (outcome.problems.length > 0) {
    broken += 1;
    const when = `${each.victim} ${each.signal} after ${(100 * each.at).toFixed(1)} % of the time`;
    say(`BROKEN: ${when}: ${outcome.problems.join('; ')}`);
  }
  return outcome;
}

function report(which: readonly string[], outcomes: readonly Outcome[]): void {
  const of = (holds: (outcome: Outcome) => boolean): string => `${outcomes.filter(holds).length}/${outcomes.length}`;
  const times = outcomes.map((each) => each.ms / 1_000).toSorted((a, b) => a - b);
  const again = Math.max(...outcomes.map((each) => each.sentAgainBytes)) / 2 ** 20;
  const seconds = (value = 0): string => `${value.toFixed(1)} s`;
  const middle = times[Math.floor(times.length / 2)];
  const counts = [of((each) => each.isIdentical), of((each) => each.isPublishedOnce)];
  say(row(...which, ...counts, `${again.toFixed(1)} MiB`, seconds(middle), seconds(times.at(-1))));
}

function row(...cells: readonly string[]): string {
  const widths = [10, 7, 12, 8, 10, 15, 16, 8, 8];
  return cells
    .map((cell, at) => cell.padEnd(widths[at] ?? 0))
    .join(' ')
    .trimEnd();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
