import { absoluteNames, isWithin } from '../agent/locate.ts';
import { below, type Place } from '../common/place.ts';
import type { Run } from './run.ts';

type Route = Pick<Run, 'source' | 'destination' | 'intoDestination'>;

/** Where the copied thing itself goes: the destination as written, or inside it under the source's own name. */
export function landingPlace({ source, destination, intoDestination }: Route): Place {
  const name = absoluteNames(source.place).at(-1);
  return intoDestination && name !== undefined ? below(destination.place, [name]) : destination.place;
}

/** Whether a run would read what it writes: both ends on one agent, and one of the two places inside the other. */
export function overlaps(route: Route): boolean {
  if (route.source.agentId !== route.destination.agentId) return false;
  const source = absoluteNames(route.source.place);
  const landing = absoluteNames(landingPlace(route));
  return isWithin(source, landing) || isWithin(landing, source);
}
