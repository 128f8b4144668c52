import { parseArgs } from 'node:util';
import type { Scenario } from './scenario.ts';
import { liveAgain, search } from './search.ts';
import { interestingCases, Sightings } from './sightings.ts';
import { simulate } from './simulate.ts';

/**
 * Lives histories until one breaks a promise: `npm run simulate -- --seeds 100000`. Says how far it is, how often each interesting case
 * came up, and, of a history that fails, what it is and how to live it again. `--from` begins elsewhere; `--replay` tells one history.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100000' },
    from: { type: 'string', default: String(Date.now() % 1_000_000) },
    replay: { type: 'string' },
  },
});
/** Histories between two words about progress. */
const BATCH = 1_000;

if (values.replay === undefined) look(Number(values.seeds), Number(values.from));
else replay(JSON.parse(values.replay) as Scenario);

function look(histories: number, from: number): void {
  const sightings = new Sightings();
  const startedAt = performance.now();
  let events = 0;
  for (let done = 0; done < histories; done += BATCH) {
    const seed = from + done / BATCH;
    const found = search({ histories: Math.min(BATCH, histories - done), seed });
    sightings.add(found.sightings);
    events += found.events;
    const lived = done + found.histories;
    if (found.failure !== undefined) {
      say(`\nHistory ${lived} breaks a promise (--seeds ${BATCH} --from ${seed}):\n  ${found.failure.message}\n`);
      say(`${JSON.stringify(found.failure.scenario, undefined, 2)}\n`);
      say(`To live it again:\n  npm run simulate -- --replay '${JSON.stringify(found.failure.scenario)}'`);
      process.exitCode = 1;
      return;
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    say(`${lived} histories, each twice, ${events} events, ${Math.round(lived / seconds)} a second (--from ${seed})`);
  }
  for (const what of interestingCases) say(`${String(sightings.count(what)).padStart(8)} × ${what}`);
}

function replay(scenario: Scenario): void {
  const lines: string[] = [];
  try {
    liveAgain(scenario, simulate(scenario, { lines }).traceHash);
    lines.push('every promise was kept');
  } catch (thrown) {
    lines.push(thrown instanceof Error ? thrown.message : String(thrown));
    process.exitCode = 1;
  }
  say(lines.join('\n'));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
