import fc from 'fast-check';
import { faultKinds } from './fault-shapes.ts';
import type { Mutant } from './mutant.ts';
import type { FaultKind, Scenario } from './scenario.ts';
import { scenariosWith } from './scenario-arbitrary.ts';
import { Sightings } from './sightings.ts';
import { simulate } from './simulate.ts';
import { promised, Violation } from './violation.ts';

export interface Search {
  readonly histories: number;
  /** Of the histories: the same number finds the same ones. */
  readonly seed: number;
  readonly kinds?: readonly FaultKind[];
  readonly mutant?: Mutant;
  /** Whether a history that breaks a promise is made as small as it can be. */
  readonly shrink?: boolean;
}

export interface Found {
  /** How many histories were lived, the one that breaks a promise included. */
  readonly histories: number;
  readonly events: number;
  readonly sightings: Sightings;
  /** A history that breaks a promise, and how; undefined when none does. */
  readonly failure: { readonly scenario: Scenario; readonly message: string } | undefined;
}

/** Lives that many histories, each twice, and stops at the first that breaks a promise. */
export function search({ histories, seed, kinds = faultKinds, mutant, shrink = true }: Search): Found {
  const sightings = new Sightings();
  let events = 0;
  const property = fc.property(scenariosWith(kinds), (scenario) => {
    const history = simulate(scenario, { ...(mutant && { mutant }) });
    sightings.add(history.sightings);
    events += history.events;
    if (mutant === undefined) liveAgain(scenario, history.traceHash);
  });
  const result = fc.check(property, { numRuns: histories, seed, endOnFailure: !shrink });
  const scenario = result.counterexample?.[0];
  const { errorInstance } = result;
  if (errorInstance !== null && !(errorInstance instanceof Violation)) throw errorInstance;
  const failure = scenario && { scenario, message: errorInstance?.message ?? '' };
  return { histories: result.numRuns, events, sightings, failure };
}

/** One scenario has one history. @throws Violation. */
export function liveAgain(scenario: Scenario, traceHash: string): void {
  const again = simulate(scenario);
  promised(
    'determinism',
    again.traceHash === traceHash,
    () => `the same scenario gives ${traceHash} and ${again.traceHash}`,
  );
}
