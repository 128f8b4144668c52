import type { Mutant } from './mutant.ts';
import type { Pace } from './scenario.ts';
import type { Sightings } from './sightings.ts';
import type { World } from './world.ts';

/** What every part of a simulated world shares. */
export interface Simulation {
  readonly world: World;
  readonly pace: Pace;
  readonly sightings: Sightings;
  /** The mistake that the shells make, if any. */
  readonly mutant: Mutant | undefined;
}
