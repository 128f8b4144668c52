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
      relayChunks: 0,
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
      relayChunks: 0,
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
      relayChunks: 0,
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
      relayChunks: 0,
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
      relayChunks: 0,
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
      relayChunks: 0,
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
  {
    name: 'a transfer that its destination may have published is not begun anew while that is away',
    showed:
      'it had published, and could not say so; its source had changed, was asked for the disk, and planned anew (driving.ts)',
    scenario: {
      seed: 0,
      pace,
      windowChunks: 4,
      relayChunks: 6,
      runs: [run([1])],
      faults: [
        { kind: 'silentUp', atEvent: 40, agent: 2 },
        { kind: 'sourceReplaced', atEvent: 40, agent: 1, which: 0 },
      ],
    },
  },
  {
    name: 'what stands still because another transfer had the window of the disk goes on when that ends',
    showed:
      'its stored chunks were never read, for only an answer to the other one would have had them read (moving.ts)',
    scenario: {
      seed: 0,
      pace,
      windowChunks: 4,
      relayChunks: 6,
      runs: [
        { ...run([3073, 511, 1]), atMs: 19 },
        { ...run([1536, 1536, 1]), atMs: 59 },
      ],
      faults: [
        { kind: 'hubStopped', atEvent: 555, forMs: 140 },
        { kind: 'hubStopped', atEvent: 159, forMs: 80241 },
        { kind: 'hubStopped', atEvent: 547, forMs: 250 },
        { kind: 'hubStopped', atEvent: 531, forMs: 2076 },
      ],
    },
  },
  {
    name: 'a chunk that reaches the disk after its transfer was taken up anew is removed with it',
    showed: 'nobody knew of it when the transfer was completed, and it stayed on the disk (storing.ts)',
    scenario: {
      seed: 460515350,
      pace: { ...pace, diskMs: 400 },
      windowChunks: 2,
      relayChunks: 100,
      runs: [run([2049])],
      faults: [{ kind: 'killed', atEvent: 107, agent: 2, forMs: 82 }],
    },
  },
  {
    name: 'a source forgets what the disk holds whole',
    showed: 'it kept it until the destination came back, and for ever when the run was cancelled before (storing.ts)',
    scenario: {
      seed: 0,
      pace,
      windowChunks: 4,
      relayChunks: 100,
      runs: [run([1])],
      faults: [
        { kind: 'laneCut', atEvent: 40, agent: 2 },
        { kind: 'runCancelled', atEvent: 69, which: 0 },
      ],
    },
  },
  {
    name: 'a chunk that is lost on the disk makes room for the next one',
    showed: 'the others waited for an answer to it that nobody could give (storing.ts)',
    scenario: {
      seed: 0,
      pace: { ...pace, databaseMs: 300 },
      windowChunks: 4,
      relayChunks: 100,
      runs: [{ ...run([2049]), destination: 3 }, run([0])],
      faults: [
        { kind: 'killed', atEvent: 0, agent: 3, forMs: 3000 },
        { kind: 'relayDamaged', atEvent: 83, which: 0 },
        { kind: 'relayDamaged', atEvent: 95, which: 11 },
      ],
    },
  },
  {
    name: 'a destination hears of what failed while it was away, and is not recorded yet',
    showed: 'the database still called it unsettled, and the destination kept its partial file (holds.ts)',
    scenario: {
      seed: 0,
      pace: { ...pace, databaseMs: 300 },
      windowChunks: 4,
      relayChunks: 100,
      runs: [run([1, 1, 1]), run([511])],
      faults: [
        { kind: 'sourceRemoved', atEvent: 40, agent: 1, which: 0 },
        { kind: 'silentUp', atEvent: 63, agent: 2 },
      ],
    },
  },
  {
    name: 'an attempt that begins anew is not ended by what the file before it still answers',
    showed:
      'the late failure of a sync was taken for one of the new partial file, and the transfer failed (destination.ts)',
    scenario: {
      seed: 1049736291,
      pace: { ...pace, laneMs: 1_500, readMs: 50, diskMs: 400 },
      windowChunks: 4,
      relayChunks: 0,
      runs: [
        { ...run([1, 1, 511, 511]), source: 3, destination: 1 },
        { ...run([1537, 1]), atMs: 64 },
      ],
      faults: [
        { kind: 'journalFull', atEvent: 303, agent: 2, forMs: 3000 },
        { kind: 'controlCut', atEvent: 40, agent: 1 },
        { kind: 'databaseAway', atEvent: 40, forMs: 52 },
        { kind: 'controlCut', atEvent: 278, agent: 1 },
      ],
    },
  },
  {
    name: 'a run is taken up again right after one of its transfers was',
    showed:
      'what the first of the two had taken back was not known to the second, and failures were counted that were none (by-hand.ts)',
    scenario: {
      seed: 892033281,
      pace: { ...pace, databaseMs: 300 },
      windowChunks: 4,
      relayChunks: 0,
      runs: [
        { ...run([1, 1, 1, 1]), destination: 3 },
        { ...run([511, 1, 1, 1]), destination: 3 },
      ],
      faults: [
        { kind: 'diskFull', atEvent: 40, agent: 3, forMs: 1536 },
        { kind: 'runRetried', atEvent: 251, which: 9 },
        { kind: 'transferRetried', atEvent: 241, which: 3 },
      ],
    },
  },
  {
    name: 'a chunk that came from the disk and from its source is answered to both',
    showed:
      'the one answer of the destination was taken for that to the disk, and the source waited for its own (frames.ts)',
    scenario: {
      seed: 32059084,
      pace: { controlMs: 2, laneMs: 1_500, readMs: 5, diskMs: 400, databaseMs: 1 },
      windowChunks: 2,
      relayChunks: 100,
      runs: [
        { ...run([1537, 1536]), atMs: 60 },
        { ...run([1536, 0]), source: 3 },
      ],
      faults: [
        { kind: 'killed', atEvent: 399, agent: 2, forMs: 325 },
        { kind: 'killed', atEvent: 472, agent: 2, forMs: 6 },
      ],
    },
  },
  {
    name: 'what is cancelled while its partial file is found to be gone is forgotten',
    showed: 'its removal waited for the file that was made anew, and that for the removal, for ever (writings.ts)',
    scenario: {
      seed: 1499530,
      pace: { ...pace, diskMs: 40 },
      windowChunks: 4,
      relayChunks: 0,
      runs: [run([1, 511]), { ...run([1, 1]), atMs: 22 }],
      faults: [
        { kind: 'powerCut', atEvent: 98, agent: 2, forMs: 1 },
        { kind: 'transferCancelled', atEvent: 221, which: 0 },
      ],
    },
  },
  {
    name: 'nothing is published by what a source stated before its file changed',
    showed:
      'a destination that came back published what was stated before, while the source found its file changed; it arrived twice (beginning.ts)',
    scenario: {
      seed: 250028281,
      pace: { ...pace, readMs: 50 },
      windowChunks: 16,
      relayChunks: 0,
      runs: [{ ...run([1, 1025]), atMs: 1 }, run([2049]), { ...run([511, 1], 'pull'), atMs: 50 }],
      faults: [
        { kind: 'laneCut', atEvent: 238, agent: 2 },
        { kind: 'sourceReplaced', atEvent: 341, agent: 1, which: 9 },
      ],
    },
  },
  {
    name: 'a chunk that is stored while its transfer is looked up again is not sent once more',
    showed:
      'what was stored was looked up before the chunk was claimed, and nobody told the hub afterwards (unseen-chunks.ts)',
    scenario: {
      seed: 1379757938,
      pace: { controlMs: 300, laneMs: 2, readMs: 1, diskMs: 40, databaseMs: 10 },
      windowChunks: 4,
      relayChunks: 100,
      runs: [
        { ...run([0], 'pull'), destination: 3 },
        { ...run([1]), atMs: 496, destination: 3, into: 'shared' },
        { ...run([513, 4096, 2049, 3073]), atMs: 800, into: 'shared' },
      ],
      faults: [
        { kind: 'powerCut', atEvent: 227, agent: 2, forMs: 1583 },
        { kind: 'tampered', atEvent: 679, agent: 2, which: 0, forMs: 3000 },
        { kind: 'controlCut', atEvent: 457, agent: 1 },
        { kind: 'powerCut', atEvent: 456, agent: 3, forMs: 1 },
        { kind: 'tampered', atEvent: 584, agent: 3, which: 0, forMs: 1 },
        { kind: 'tampered', atEvent: 629, agent: 3, which: 0, forMs: 276 },
      ],
    },
  },
];
