import fc from 'fast-check';
import { toFault } from './fault-shapes.ts';
import { CHUNK_BYTES, type FaultKind, type Pace, type PlannedRun, type Scenario } from './scenario.ts';

/** Scenarios as fast-check makes them up and shrinks them: what comes first in a list, or is smaller, is simpler. */

/** When something happens: a history of this size has a thousand events or so. */
const moment = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 40, max: 800 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1_500 }) },
);
/** How long it lasts: at times long enough that the others give up. */
const duration = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 3_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 40_000, max: 90_000 }) },
);
/** Agent 1 sends most of it, and agent 2 gets most of it. */
const agent = fc.constantFrom(2, 1, 2, 1, 3);

const pace: fc.Arbitrary<Pace> = fc.record({
  controlMs: fc.constantFrom(20, 2, 20, 300),
  laneMs: fc.constantFrom(20, 2, 100, 1_500),
  readMs: fc.constantFrom(5, 1, 50, 2_000),
  diskMs: fc.constantFrom(5, 1, 40, 400),
  databaseMs: fc.constantFrom(10, 1, 10, 300),
});

const size = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: CHUNK_BYTES }) },
  { weight: 2, arbitrary: fc.constantFrom(CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES) },
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 * CHUNK_BYTES }) },
);

const run: fc.Arbitrary<PlannedRun> = fc.record({
  atMs: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 100 }) }, { weight: 1, arbitrary: fc.nat(2_000) }),
  source: fc.constantFrom(1, 1, 1, 2, 3),
  destination: fc.constantFrom(2, 2, 2, 1, 3),
  into: fc.constantFrom('own', 'own', 'shared'),
  type: fc.constantFrom('push', 'push', 'push', 'pull'),
  existing: fc.constantFrom('replace', 'replace', 'replace', 'fail'),
  files: fc.array(size, { minLength: 1, maxLength: 4, size: 'max' }),
});

const rawFault = fc.record({
  pick: fc.nat(1_000),
  atEvent: moment,
  agent,
  forMs: duration,
  which: fc.nat(11),
});

/** What comes up rarely by chance, and is worth looking at together. */
const companions: readonly (readonly FaultKind[])[] = [
  ['forged', 'transferResumed'],
  ['journalFull', 'transferRetried', 'runRetried'],
  ['diskFull', 'transferCancelled', 'controlCut', 'transferResumed'],
  ['syncFails', 'powerCut', 'transferRetried'],
  ['consumed', 'powerCut', 'killed'],
  ['sourceWritten', 'sourceReplaced', 'transferRetried'],
  ['tampered', 'powerCut', 'controlCut'],
  ['hubKilled', 'databaseAway', 'transferCancelled'],
  ['relayDamaged', 'killed', 'hubKilled'],
  ['relayFull', 'killed', 'controlCut'],
];

/** Each scenario draws first which of the kinds of faults there are in it, so that rare combinations come up densely. */
export function scenariosWith(kinds: readonly FaultKind[]): fc.Arbitrary<Scenario> {
  return fc
    .record({
      seed: fc.nat(),
      pace,
      windowChunks: fc.constantFrom(4, 1, 2, 16),
      relayChunks: fc.constantFrom(0, 100, 100, 6),
      runs: fc.array(run, { minLength: 1, maxLength: 3, size: 'max' }),
      on: fc.oneof(
        { weight: 2, arbitrary: fc.subarray([...kinds], { minLength: 1, maxLength: Math.min(5, kinds.length) }) },
        { weight: 1, arbitrary: fc.constantFrom(...companions).map((on) => on.filter((kind) => kinds.includes(kind))) },
      ),
      faults: fc.array(rawFault, { maxLength: 8, size: 'max' }),
    })
    .map(({ on, faults, ...rest }) => ({
      ...rest,
      faults: faults.map(({ pick, ...raw }) => toFault(on[pick % on.length] ?? 'laneCut', raw)),
    }));
}
