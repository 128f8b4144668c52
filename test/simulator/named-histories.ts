import type { Pace, PlannedRun, Scenario } from './scenario.ts';

/** A history that once broke a promise, as small as it could be made. */
export interface NamedHistory {
  readonly name: string;
  /** What it showed, and what became of that. */
  readonly showed: string;
  readonly scenario: Scenario;
}

const pace: Pace = { controlMs: 20, laneMs: 20, readMs: 5, diskMs: 5, databaseMs: 10 };

function run(files: readonly number[], type: PlannedRun['type'] = 'push'): PlannedRun {
  return { atMs: 0, source: 1, destination: 2, into: 'own', type, existing: 'replace', files };
}

/** Every failure that the simulator found in the product. None is ever removed. */
export const namedHistories: readonly NamedHistory[] = [
  {
    name: 'a run taken up again while the record of its end is under way goes on',
    showed: 'it was deleted from memory with that record, and stayed running for ever (recording.ts)',
    scenario: {
      seed: 0,
      pace: { ...pace, diskMs: 400, databaseMs: 300 },
      windowChunks: 4,
      runs: [run([1, 1, 1, 1]), run([511])],
      faults: [
        { kind: 'transferRetried', atEvent: 307, which: 0 },
        { kind: 'diskFull', atEvent: 130, agent: 2, forMs: 248 },
      ],
    },
  },
  {
    name: 'a destination that published what was cancelled meanwhile forgets it',
    showed: 'nobody answered its finished, and it kept the receipt for the length of the session (messages.ts)',
    scenario: {
      seed: 729956967,
      pace: { ...pace, readMs: 50, databaseMs: 300 },
      windowChunks: 4,
      runs: [run([1537, 513, 2561])],
      faults: [{ kind: 'runCancelled', atEvent: 191, which: 0 }],
    },
  },
  {
    name: 'what was cancelled before its completion was recorded is not called settled',
    showed: 'both ends heard settled of a transfer that the database has as cancelled (by-hand.ts, hub-core.ts)',
    scenario: {
      seed: 0,
      pace: { ...pace, databaseMs: 300 },
      windowChunks: 4,
      runs: [run([1]), run([1, 0, 1, 511])],
      faults: [{ kind: 'transferCancelled', atEvent: 219, which: 1 }],
    },
  },
  {
    name: 'a cancellation while the source is away reaches the destination',
    showed: 'the partial file stayed until the destination came back some day (kept.ts)',
    scenario: {
      seed: 0,
      pace: { ...pace, laneMs: 1_500 },
      windowChunks: 4,
      runs: [run([1, 4609, 511, 2], 'pull')],
      faults: [
        { kind: 'laneCut', atEvent: 555, agent: 1 },
        { kind: 'runCancelled', atEvent: 593, which: 0 },
        { kind: 'laneCut', atEvent: 79, agent: 2 },
      ],
    },
  },
  {
    name: 'a refused copy from before a transfer began anew costs no window',
    showed:
      'its chunk was read twice and counted twice, and answered once: the window of the route shrank (source-core.ts)',
    scenario: {
      seed: 0,
      pace: { ...pace, readMs: 2_000 },
      windowChunks: 4,
      runs: [run([1, 1])],
      faults: [
        { kind: 'laneCut', atEvent: 224, agent: 2 },
        { kind: 'laneCut', atEvent: 176, agent: 2 },
        { kind: 'damagedUp', atEvent: 178, agent: 1 },
        { kind: 'laneCut', atEvent: 40, agent: 2 },
      ],
    },
  },
  {
    name: 'a cancellation while the holds of its destination are looked up reaches it',
    showed: 'the answer was older than the cancellation, and was believed (holds.ts)',
    scenario: {
      seed: 2147483632,
      pace: { ...pace, laneMs: 100, readMs: 2_000, diskMs: 1 },
      windowChunks: 1,
      runs: [{ ...run([2678]), atMs: 91, destination: 3, into: 'shared' }],
      faults: [
        { kind: 'laneCut', atEvent: 47, agent: 3 },
        { kind: 'transferCancelled', atEvent: 86, which: 3 },
        { kind: 'transferCancelled', atEvent: 276, which: 10 },
        { kind: 'laneCut', atEvent: 350, agent: 1 },
        { kind: 'runRetried', atEvent: 404, which: 4 },
        { kind: 'runRetried', atEvent: 483, which: 4 },
        { kind: 'runRetried', atEvent: 546, which: 8 },
        { kind: 'runRetried', atEvent: 697, which: 9 },
      ],
    },
  },
];
