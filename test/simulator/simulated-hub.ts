import { decodeFrames, exhaustive, type HubMessage, type TransferRef } from '@ferryline/engine';
import type { Run } from '../../packages/hub/src/domain/run/run.ts';
import type { HubEffect } from '../../packages/hub/src/infrastructure/engine/state/effects.ts';
import type { HubEvent, WorkMessage } from '../../packages/hub/src/infrastructure/engine/state/events.ts';
import { stepHub } from '../../packages/hub/src/infrastructure/engine/state/hub-core.ts';
import { initialHubState } from '../../packages/hub/src/infrastructure/engine/state/hub-state.ts';
import { MemoryRecords } from './memory-records.ts';
import type { World } from './world.ts';

const TICK_MS = 40;

/** How the hub reaches one connected agent. */
export interface AgentPort {
  message(message: HubMessage): void;
  frames(bytes: Buffer): void;
}

/** The real hub core, with a database in memory that answers after a while, in order. */
export class SimulatedHub {
  readonly records = new MemoryRecords();
  readonly #world: World;
  readonly #state = initialHubState(8 * 1024 * 1024);
  readonly #agents = new Map<number, AgentPort>();
  #databaseFreeAtMs = 0;

  constructor(world: World) {
    this.#world = world;
    this.#tick();
  }

  connect(agentId: number, port: AgentPort, holds: readonly TransferRef[]): void {
    this.#agents.set(agentId, port);
    this.on({ type: 'sessionOpened', agentId });
    this.on({ type: 'holdsStated', agentId, refs: holds });
  }

  disconnect(agentId: number): void {
    this.#agents.delete(agentId);
    this.on({ type: 'sessionClosed', agentId });
  }

  start(run: Run): void {
    this.records.runs.set(run.id, run);
    this.on({ type: 'runAppeared', run });
  }

  onMessage(agentId: number, message: WorkMessage): void {
    this.on({ type: 'messageReceived', agentId, message });
  }

  onFrames(agentId: number, message: Buffer): void {
    for (const { frame, bytes } of decodeFrames(message)) {
      this.on({ type: 'frameReceived', agentId, frame, bytes, intact: true });
    }
  }

  on(event: HubEvent): void {
    if (event.type !== 'ticked') this.#world.note(`hub ${event.type}`);
    for (const effect of stepHub(this.#state, event, { nowMs: this.#world.nowMs }).effects) this.#carryOut(effect);
  }

  #tick(): void {
    this.#world.schedule(TICK_MS, () => {
      this.on({ type: 'ticked' });
      this.#tick();
    });
  }

  #carryOut(effect: HubEffect): void {
    switch (effect.type) {
      case 'sendMessage':
        this.#agents.get(effect.agentId)?.message(effect.message);
        return;
      case 'forwardFrame':
        this.#agents.get(effect.agentId)?.frames(effect.bytes);
        return;
      case 'lookUpHolds':
        this.#ask(() => {
          const { agentId, refs } = effect;
          const transfers = refs.flatMap(({ transfer }) => this.records.transfers.get(transfer) ?? []);
          return { type: 'holdsLookedUp', agentId, refs, transfers };
        });
        return;
      case 'clearPlan':
        this.#ask(() => ({ type: 'planCleared', runId: effect.runId }));
        return;
      case 'storePlanPage':
        this.#ask(() => {
          this.records.storePlanPage(effect.page);
          return { type: 'planPageStored', runId: effect.page.runId, page: effect.number, last: effect.last };
        });
        return;
      case 'loadTransfers':
        this.#ask(() => {
          const { runId, load, afterId, limit } = effect;
          const transfers = this.records.unsettledTransfers(runId, afterId, limit);
          return { type: 'transfersLoaded', runId, load, transfers };
        });
        return;
      case 'loadTreeEntries':
        this.#ask(() => {
          const { runId, page, request } = effect;
          return { type: 'treeEntriesLoaded', runId, page, entries: this.records.treePage(request) };
        });
        return;
      case 'record':
        this.#ask(() => {
          this.records.record(effect.changes);
          return { type: 'recorded' };
        });
        return;
      case 'announceEnd':
        return;
      case 'storeHeldFiles':
      case 'findHeldFiles':
      case 'reopenRun':
        throw new Error(`this world only pushes, and nobody steps in, yet the hub wants: ${effect.type}`);
      case 'nackFrame':
      case 'closeSession':
        throw new Error(`nothing in this world is damaged or forged, yet the hub wants: ${effect.type}`);
      default:
        exhaustive(effect);
    }
  }

  /** Database work happens in order, each piece a random while after the one before. */
  #ask(work: () => HubEvent): void {
    this.#databaseFreeAtMs = Math.max(this.#databaseFreeAtMs, this.#world.nowMs) + this.#world.random() * 10;
    this.#world.schedule(this.#databaseFreeAtMs - this.#world.nowMs, () => this.on(work()));
  }
}
