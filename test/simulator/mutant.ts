import { faultKinds } from './fault-shapes.ts';
import type { FaultKind } from './scenario.ts';

/** How a mutant is looked for. */
export interface MutantBudget {
  /** It must be caught within so many histories. */
  readonly histories: number;
  /** The kinds of faults that there are in them. */
  readonly kinds: readonly FaultKind[];
}

const deaths: readonly FaultKind[] = ['killed', 'powerCut', 'controlCut', 'laneCut'];
const edits: readonly FaultKind[] = ['sourceWritten', 'sourceReplaced', 'killed', 'laneCut'];

/**
 * Classic mistakes, each of which the simulated shells make when told to: what the cores decide is right, and is carried out wrong, or
 * what happened is told wrong. A simulator that does not catch them is blind there.
 */
export const mutants = {
  'chunks are acknowledged before their sync': { histories: 20, kinds: faultKinds },
  'a sync is answered and not done': { histories: 20, kinds: faultKinds },
  'a failed sync is taken for one that worked': { histories: 500, kinds: ['syncFails', 'laneCut'] },
  'the directory is not synced after a publish': { histories: 20, kinds: faultKinds },
  'the intent to publish is not recorded': { histories: 500, kinds: deaths },
  'what the journal claims is not hashed again': { histories: 500, kinds: ['tampered', ...deaths] },
  'a published file is forgotten when the session is lost': { histories: 200, kinds: faultKinds },
  'the proof is not compared before a publish': { histories: 500, kinds: faultKinds },
  'frames of every attempt are taken': {
    histories: 2_000,
    kinds: ['journalFull', 'syncFails', 'transferRetried', 'runRetried'],
  },
  'what a full disk did not take is called written': { histories: 500, kinds: ['diskFull', 'laneCut'] },
  'what has begun fails for want of room': { histories: 500, kinds: ['diskFull', 'laneCut'] },
  'what waits for room is removed': { histories: 500, kinds: ['diskFull', 'laneCut'] },
  'a nack is not said': { histories: 500, kinds: faultKinds },
  'a source does not compare the identity of its file': { histories: 500, kinds: edits },
  'what a closed reading answers is heard': { histories: 2_000, kinds: ['laneCut', 'controlCut', 'killed', 'stopped'] },
  'a source sends beyond its window': { histories: 50, kinds: faultKinds },
  'a source sends what is held': { histories: 500, kinds: deaths },
  'a cancellation is not heard by a destination': { histories: 500, kinds: faultKinds },
  'what is recorded is told before it is written': { histories: 20, kinds: faultKinds },
  'a batch of records leaves the transfers out': { histories: 20, kinds: faultKinds },
  'a plan that was made anew is not written': { histories: 500, kinds: edits },
  'a hub that starts does not take up what was being planned': { histories: 500, kinds: faultKinds },
  'a hub that starts does not count again': { histories: 2_000, kinds: ['hubKilled', 'transferCancelled'] },
  'a stored chunk is acknowledged before it is claimed': { histories: 100, kinds: faultKinds },
  "the relay's disk is not swept": {
    histories: 500,
    kinds: ['killed', 'controlCut', 'transferCancelled', 'runCancelled'],
  },
  'frames are handed to the wrong agent': { histories: 20, kinds: faultKinds },
} as const satisfies Readonly<Record<string, MutantBudget>>;

export type Mutant = keyof typeof mutants;
export const mutantNames = Object.keys(mutants) as readonly Mutant[];
