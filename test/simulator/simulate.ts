import { settledRunStates } from '../../packages/hub/src/domain/run/lifecycle.ts';
import type { Run } from '../../packages/hub/src/domain/run/run.ts';
import { noCounters } from '../../packages/hub/src/domain/run/run.ts';
import { settledTransferStates } from '../../packages/hub/src/domain/transfer/lifecycle.ts';
import { assertEnds } from './ends.ts';
import { Ledger } from './ledger.ts';
import { MemoryRecords } from './memory-records.ts';
import type { Mutant } from './mutant.ts';
import { Nemesis } from './nemesis.ts';
import { AGENTS, CHUNK_BYTES, type PlannedRun, type Scenario } from './scenario.ts';
import { Sightings } from './sightings.ts';
import { SimulatedAgent } from './simulated-agent.ts';
import { SimulatedHub } from './simulated-hub.ts';
import { SimulatedSession } from './simulated-session.ts';
import { SimulatedStore } from './simulated-store.ts';
import type { Simulation } from './simulation.ts';
import { promised } from './violation.ts';
import { World } from './world.ts';

/** Everything has come to its end this long after the last fault: heartbeats give up, rests are over, and a little more. */
const PATIENCE_MS = 300_000;

export interface History {
  readonly traceHash: string;
  readonly events: number;
  readonly sightings: Sightings;
  readonly records: MemoryRecords;
  /** What happened, when that was asked for. */
  readonly lines: readonly string[];
}

export interface SimulationOptions {
  /** A mistake that the shells make. */
  readonly mutant?: Mutant;
  /** Keep what happened as text, even when it goes wrong. */
  readonly lines?: string[];
}

/**
 * Lives a history: the runs and the faults of the scenario, then peace, until everything has come to an end and is forgotten.
 *
 * @throws Violation when a promise was broken on the way, or at the end.
 */
export function simulate(scenario: Scenario, { mutant, lines }: SimulationOptions = {}): History {
  const world = new World(scenario.seed, lines);
  const sightings = new Sightings();
  const simulation: Simulation = { world, pace: scenario.pace, sightings, mutant };
  const records = new MemoryRecords();
  const agents: SimulatedAgent[] = [];
  const ledger = new Ledger({
    transfer: (id) => records.transfers.get(id),
    plannedHash: ({ sourceAgentId, identity }) => agents[sourceAgentId - 1]?.files.hashOf(identity),
  });
  const store = new SimulatedStore(scenario.relayChunks);
  const hub = new SimulatedHub(simulation, {
    records,
    ledger,
    store,
    relayMemoryBytes: scenario.windowChunks * CHUNK_BYTES,
  });
  const dial = (agent: SimulatedAgent): SimulatedSession | undefined =>
    hub.process.isUp && hub.process.pause === undefined ? new SimulatedSession(simulation, agent, hub) : undefined;
  for (let id = 1; id <= AGENTS; id += 1) agents.push(new SimulatedAgent(simulation, id, ledger, dial));
  const nemesis = new Nemesis({ simulation, hub, agents, ledger });

  let lastMs = 0;
  for (const [at, planned] of scenario.runs.entries()) {
    const source = agents[planned.source - 1];
    for (const [file, sizeBytes] of planned.files.entries())
      source?.files.put(`${rootOf(at, planned)}/f${file}`, sizeBytes);
    world.schedule(planned.atMs, () => start(hub, newRun(at, planned)));
    lastMs = Math.max(lastMs, planned.atMs);
  }
  const faults = scenario.faults.toSorted((a, b) => a.atEvent - b.atEvent);
  const strikeIfDue = (): void => {
    for (let next = faults[0]; next !== undefined && next.atEvent <= world.events; next = faults[0]) {
      faults.shift();
      nemesis.strike(next);
      lastMs = Math.max(lastMs, world.nowMs + ('forMs' in next ? next.forMs : 0));
    }
  };
  const isOver = (): boolean =>
    faults.length === 0 &&
    world.nowMs >= lastMs &&
    hub.hasForgotten &&
    store.isEmpty &&
    records.runs.size === scenario.runs.length &&
    [...records.runs.values()].every(({ state }) => settledRunStates.includes(state)) &&
    [...records.transfers.values()].every(({ state }) => settledTransferStates.includes(state)) &&
    agents.every((agent) => agent.hasForgotten);
  const untilOver = (): void => {
    while (!isOver()) {
      const limitMs = Math.max(world.nowMs, lastMs) + PATIENCE_MS;
      promised(
        'L1',
        world.nowMs < lastMs + PATIENCE_MS || faults.length > 0,
        () => `it has not come to an end: ${stateOf(records, hub, agents)}`,
      );
      promised('L1', world.step(limitMs), () => 'nothing happens any more');
      strikeIfDue();
    }
  };
  untilOver();
  // What could not be removed is removed by the next life.
  for (const agent of agents) if (agent.destination.failedRemovals > 0) agent.die('killed', 100);
  lastMs = world.nowMs + 200;
  untilOver();
  while (world.pending > 1) promised('L1', world.step(world.nowMs + PATIENCE_MS), () => 'timers are left');
  assertEnds({ scenario, records, agents, ledger, sightings });
  return { traceHash: world.traceHash, events: world.events, sightings, records, lines: lines ?? [] };
}

function start(hub: SimulatedHub, run: Run): void {
  hub.records.create(run);
  hub.process.later(0.1, () => hub.runAppeared(run));
}

function newRun(at: number, planned: PlannedRun): Run {
  const { source, destination, into, type, existing } = planned;
  return {
    id: at + 1,
    userId: 1,
    trigger: 'manual',
    type,
    selection: { include: [], exclude: [] },
    source: { agentId: source, place: { root: rootOf(at, planned), names: [] } },
    destination: { agentId: destination, place: { root: into === 'own' ? `/in${at + 1}` : '/in', names: [] } },
    intoDestination: false,
    options: { compression: 'none', existing, maxRetries: 3 },
    state: 'planning',
    counters: noCounters,
    createdAt: new Date(0),
  };
}

/** Runs that share where they write share what they read as well. */
function rootOf(at: number, { into }: PlannedRun): string {
  return into === 'own' ? `/srv${at + 1}` : '/srv';
}

function stateOf(records: MemoryRecords, hub: SimulatedHub, agents: readonly SimulatedAgent[]): string {
  const runs = [...records.runs.values()].map(({ id, state }) => `run ${id} ${state}`);
  const transfers = [...records.transfers.values()].map(
    ({ id, state, attempt }) => `transfer ${id}.${attempt} ${state}`,
  );
  const parties = agents.map((agent) => `agent ${agent.id} has ${agent.hasForgotten ? 'forgotten' : 'not forgotten'}`);
  return [...runs, ...transfers, `the hub has ${hub.hasForgotten ? 'forgotten' : 'not forgotten'}`, ...parties].join(
    ', ',
  );
}
