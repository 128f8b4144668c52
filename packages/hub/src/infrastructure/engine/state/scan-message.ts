import type { HubMessage } from '@ferryline/engine';
import type { Place } from '../../../domain/common/place.ts';
import type { ActiveRun } from './hub-state.ts';
import { toRootPath } from './root-path.ts';

/** Asks an agent what is at a place, of what the run's selection means. */
export function scanMessage({ run }: ActiveRun, place: Place): Extract<HubMessage, { type: 'scan' }> {
  const { include, exclude } = run.selection;
  return {
    type: 'scan',
    run: run.id,
    path: toRootPath(place),
    ...(include.length > 0 && { include: [...include] }),
    ...(exclude.length > 0 && { exclude: [...exclude] }),
  };
}
