import { changing, making, removing, thingAt } from './changes.ts';
import type { Life } from './life.ts';
import { cancellingRun, type RunEnds } from './run-changes.ts';

/** Makes jobs, runs them, cancels every second run, pauses the job, and removes two of three. */
export function* jobLife({ source, away }: RunEnds): Life {
  for (let turn = 1; ; turn += 1) {
    const name = `job-${turn}`;
    const ends = {
      source: { agent: source.agent, path: source.path },
      destination: { agent: away.agent, path: `${away.path}/${name}` },
    };
    const to = `${ends.destination.agent}:${ends.destination.path}`;
    const made = yield making({
      collection: 'jobs',
      body: { name, type: 'push', ...ends },
      action: 'job.created',
      isOfThis: (event) => event.object?.name === name,
      shown: { name, from: `${source.agent}:${source.path}`, to, exclude: [], maxRetries: 5, status: 'active' },
    });
    const job = thingAt('jobs', made);
    const run = thingAt(
      'runs',
      yield making({
        collection: 'runs',
        at: `${job.path}/run`,
        action: 'run.started',
        isOfThis: (event) => event.details.job === job.id,
        shown: { to, job: name, cancelled: 0, startedAnew: 0, halves: [] },
      }),
    );
    const newName = `${name}-paused`;
    const changed = yield changing({
      thing: job,
      body: { name: newName, exclude: ['*.tmp'], options: { maxRetries: 1 }, status: 'paused' },
      action: 'job.changed',
      shown: { name: newName, exclude: ['*.tmp'], maxRetries: 1, status: 'paused' },
      alsoNote: (ledger) => ledger.note(run.path, { job: newName }),
    });
    if (turn % 2 === 0) yield cancellingRun(run.id);
    if (turn % 3 === 0) continue;
    yield removing({
      thing: thingAt('jobs', changed),
      action: 'job.removed',
      alsoNote: (ledger) => ledger.note(run.path, { job: null }),
    });
  }
}
