import type { HubMessage } from '@ferryline/engine';
import type { Place } from '../../../domain/common/place.ts';
import type { Selection } from '../../../domain/job/selection.ts';
import type { ActiveRun } from './hub-state.ts';
import { toRootPath } from './root-path.ts';

type ScanMessage = Extract<HubMessage, { type: 'scan' }>;

/** Asks an agent what is at a place, of what the run's selection means. */
export function scanMessage({ run }: ActiveRun, place: Place): ScanMessage {
  return { type: 'scan', run: run.id, ...scanQuestion(run.selection, place) };
}

/** What is to be looked at, and what of it is meant. */
export function scanQuestion({ include, exclude }: Selection, place: Place): Omit<ScanMessage, 'type' | 'run'> {
  return {
    path: toRootPath(place),
    ...(include.length > 0 && { include: [...include] }),
    ...(exclude.length > 0 && { exclude: [...exclude] }),
  };
}
