import { thingAt } from './changes.ts';
import type { Life } from './life.ts';
import { cancellingRun, cancellingTransfers, type RunEnds, starting } from './run-changes.ts';

/** Starts copies to an agent that is away, and cancels the run at once, the run when it is planned, or its transfers. */
export function* waitingRunLife({ source, away }: RunEnds): Life {
  for (let turn = 1; ; turn += 1) {
    const destination = { agent: away.agent, path: `${away.path}/waiting-${turn}` };
    const from = { agent: source.agent, path: source.path };
    const { id, path } = thingAt('runs', yield starting({ source: from, destination }));
    if (turn % 4 !== 1) yield { kind: 'look', path, until: ({ state }) => state === 'running' };
    if (turn % 4 === 3) yield cancellingTransfers(id, source.files);
    else if (turn % 4 !== 0) yield cancellingRun(id);
  }
}
