import { exhaustive } from '@ferryline/engine';
import type { Fault, FaultKind } from './scenario.ts';

/** Everything that a fault may need to say. */
export interface RawFault {
  readonly atEvent: number;
  readonly agent: number;
  readonly forMs: number;
  readonly which: number;
}

export const faultKinds: FaultKind[] = [
  'controlCut',
  'laneCut',
  'silentUp',
  'silentDown',
  'killed',
  'powerCut',
  'stopped',
  'diskFull',
  'journalFull',
  'syncFails',
  'sourceWritten',
  'sourceReplaced',
  'sourceRemoved',
  'consumed',
  'tampered',
  'damagedUp',
  'damagedDown',
  'forged',
  'hubKilled',
  'hubStopped',
  'databaseAway',
  'relayFull',
  'relayDamaged',
  'runCancelled',
  'transferCancelled',
  'runRetried',
  'transferRetried',
  'transferResumed',
];

/** A dead process is started again by then: nothing is learned from a long absence. */
const LONGEST_ABSENCE_MS = 3_000;

/** A fault of that kind, which says only what it needs. */
export function toFault(kind: FaultKind, { atEvent, agent, forMs, which }: RawFault): Fault {
  const absenceMs = Math.min(forMs, LONGEST_ABSENCE_MS);
  switch (kind) {
    case 'controlCut':
    case 'laneCut':
    case 'silentUp':
    case 'silentDown':
    case 'damagedUp':
    case 'damagedDown':
    case 'forged':
      return { kind, atEvent, agent };
    case 'killed':
    case 'powerCut':
    case 'diskFull':
    case 'journalFull':
    case 'syncFails':
      return { kind, atEvent, agent, forMs: absenceMs };
    case 'stopped':
      return { kind, atEvent, agent, forMs };
    case 'sourceWritten':
    case 'sourceReplaced':
    case 'sourceRemoved':
    case 'consumed':
      return { kind, atEvent, agent, which };
    case 'tampered':
      return { kind, atEvent, agent, which, forMs: absenceMs };
    case 'hubStopped':
      return { kind, atEvent, forMs };
    case 'hubKilled':
    case 'databaseAway':
    case 'relayFull':
      return { kind, atEvent, forMs: absenceMs };
    case 'relayDamaged':
    case 'runCancelled':
    case 'transferCancelled':
    case 'runRetried':
    case 'transferRetried':
    case 'transferResumed':
      return { kind, atEvent, which };
    default:
      return exhaustive(kind);
  }
}
