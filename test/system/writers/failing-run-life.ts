import { thingAt } from './changes.ts';
import type { Life, Look } from './life.ts';
import { type RunEnds, retryingRun, retryingTransfers, starting } from './run-changes.ts';

/** As many files as are there already when the rest of a tree is copied. */
const TAKEN = ['0', '1'];

/** Copies a part of a tree, then all of it without replacing anything, and tries again what failed by that. */
export function* failingRunLife({ source, near }: RunEnds): Life {
  const from = { agent: source.agent, path: source.path };
  for (let turn = 1; ; turn += 1) {
    const destination = { agent: near.agent, path: `${near.path}/partial-${turn}` };
    const first = thingAt('runs', yield starting({ source: from, destination, include: TAKEN }));
    yield ended(first.path, 'completed');
    const options = { existing: 'fail' };
    const { id, path } = thingAt('runs', yield starting({ source: from, destination, options }));
    yield ended(path, 'partial');
    yield retryingTransfers(id, TAKEN.length, TAKEN.length);
    yield ended(path, 'partial');
    yield retryingRun(id, 2 * TAKEN.length);
  }
}

/** @throws Error when the run ends otherwise: to wait on would be to wait for ever. */
function ended(path: string, as: 'completed' | 'partial'): Look {
  const others = ['completed', 'partial', 'failed', 'cancelled'].filter((state) => state !== as);
  const until: Look['until'] = (shown) => {
    if (others.includes(String(shown.state))) throw new Error(`A run is not ${as}: ${JSON.stringify(shown)}`);
    return shown.state === as;
  };
  return { kind: 'look', path, until };
}
