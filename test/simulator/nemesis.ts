import { exhaustive } from '@ferryline/engine';
import { damaged, forged } from './damages.ts';
import type { Ledger } from './ledger.ts';
import type { Fault } from './scenario.ts';
import type { SimulatedAgent } from './simulated-agent.ts';
import type { SimulatedHub } from './simulated-hub.ts';
import type { Simulation } from './simulation.ts';

export interface NemesisParts {
  readonly simulation: Simulation;
  readonly hub: SimulatedHub;
  readonly agents: readonly SimulatedAgent[];
  readonly ledger: Ledger;
}

/** Carries out what goes wrong, and what people do. */
export class Nemesis {
  readonly #parts: NemesisParts;

  constructor(parts: NemesisParts) {
    this.#parts = parts;
  }

  strike(fault: Fault): void {
    const { simulation, hub } = this.#parts;
    simulation.world.note(`fault ${JSON.stringify(fault)}`);
    switch (fault.kind) {
      case 'hubKilled':
        hub.die(fault.forMs);
        return;
      case 'hubStopped':
        hub.stop(fault.forMs);
        return;
      case 'databaseAway':
        hub.loseDatabase(fault.forMs);
        return;
      case 'relayFull':
        hub.store.isFull = true;
        simulation.world.schedule(fault.forMs, () => {
          hub.store.isFull = false;
        });
        return;
      case 'relayDamaged':
        hub.store.damage(fault.which);
        return;
      case 'runCancelled':
      case 'transferCancelled':
      case 'runRetried':
      case 'transferRetried':
      case 'transferResumed':
        this.#actByHand(fault.kind, fault.which);
        return;
      default: {
        const agent = this.#parts.agents[fault.agent - 1];
        if (agent !== undefined) this.#strikeAgent(agent, fault);
      }
    }
  }

  #strikeAgent(agent: SimulatedAgent, fault: Extract<Fault, { agent: number }>): void {
    const { simulation } = this.#parts;
    const { session, files, destination } = agent;
    switch (fault.kind) {
      case 'controlCut':
      case 'laneCut':
        session?.cut(fault.kind === 'controlCut' ? 'control' : 'lane');
        return;
      case 'silentUp':
      case 'silentDown':
        session?.silence(fault.kind === 'silentUp' ? 'up' : 'down');
        return;
      case 'killed':
      case 'powerCut':
        agent.die(fault.kind, fault.forMs);
        return;
      case 'stopped':
        this.#stop(agent, fault.forMs);
        return;
      case 'diskFull':
        destination.disk.isFull = true;
        simulation.world.schedule(fault.forMs, () => {
          destination.disk.isFull = false;
        });
        return;
      case 'journalFull':
        destination.journal.isFull = true;
        simulation.world.schedule(fault.forMs, () => {
          destination.journal.isFull = false;
        });
        return;
      case 'syncFails':
        destination.disk.failsSyncs = true;
        simulation.world.schedule(fault.forMs, () => {
          destination.disk.failsSyncs = false;
        });
        return;
      case 'sourceWritten':
      case 'sourceReplaced':
      case 'sourceRemoved': {
        const name = chosen(files.names, fault.which);
        const sizeBytes = name === undefined ? 0 : (files.find(name)?.content.length ?? 0);
        if (name === undefined) return;
        if (fault.kind === 'sourceWritten') files.write(name, Math.floor((simulation.world.random() * sizeBytes) / 2));
        else if (fault.kind === 'sourceReplaced') files.put(name, sizeBytes);
        else files.remove(name);
        return;
      }
      case 'consumed':
        destination.consume(fault.which);
        return;
      case 'tampered':
        agent.die('killed', fault.forMs);
        destination.tamper(fault.which);
        return;
      case 'damagedUp':
        if (session !== undefined) session.damage.up = damaged;
        return;
      case 'damagedDown':
        if (session !== undefined) session.damage.down = damaged;
        return;
      case 'forged':
        if (session !== undefined) session.damage.up = forged;
        return;
      default:
        exhaustive(fault);
    }
  }

  #stop(agent: SimulatedAgent, forMs: number): void {
    if (!agent.process.isUp || agent.process.pause !== undefined) return;
    agent.process.stop(forMs);
    agent.session?.stopped('agent');
    this.#parts.simulation.sightings.saw('an agent went on with stale beliefs');
  }

  /** People act on the database, and the hub hears of it after that; one that dies in between hears nothing. */
  #actByHand(
    kind: 'runCancelled' | 'transferCancelled' | 'runRetried' | 'transferRetried' | 'transferResumed',
    which: number,
  ): void {
    const { hub, ledger, simulation } = this.#parts;
    const { records } = hub;
    if (!hub.process.isUp || hub.process.pause !== undefined) return;
    const hears = (work: () => void): void => hub.process.later(0, work);
    const runId = chosen([...records.runs.keys()], which);
    const ofState = (state: string): number | undefined =>
      chosen(
        [...records.transfers.values()].filter((each) => each.state === state).map(({ id }) => id),
        which,
      );
    if (kind === 'runCancelled' && runId !== undefined && records.cancelRun(runId))
      hears(() => hub.runCancelled(runId));
    if (kind === 'runRetried' && runId !== undefined) {
      const failed = [...records.transfers.values()].filter((each) => each.runId === runId && each.state === 'failed');
      const retried = records.retryRun(runId);
      if (retried === undefined) return;
      simulation.sightings.saw('a run was tried again by hand');
      for (const { id } of failed) ledger.mayPublishAgain(id);
      hears(() => hub.runRetried(retried.run, retried.retriedTransfers));
    }
    if (kind === 'transferCancelled') {
      const id = ofState('running') ?? chosen([...records.transfers.keys()], which);
      const cancelled = id === undefined ? [] : records.cancelTransfer(id);
      if (cancelled.length > 0) hears(() => hub.transfersCancelled(cancelled));
    }
    if (kind === 'transferRetried') {
      const id = ofState('failed');
      const retried = id === undefined ? [] : records.retryTransfer(id);
      if (retried.length === 0) return;
      simulation.sightings.saw('a failed transfer was tried again by hand');
      for (const each of retried) ledger.mayPublishAgain(each.id);
      const runs = retried.flatMap((each) => records.runs.get(each.runId) ?? []);
      hears(() => hub.transfersRetried(retried, runs));
    }
    if (kind === 'transferResumed') {
      const id = ofState('suspended');
      if (id !== undefined) hears(() => hub.transferResumed(id));
    }
  }
}

function chosen<T>(items: readonly T[], which: number): T | undefined {
  return items[which % items.length];
}
