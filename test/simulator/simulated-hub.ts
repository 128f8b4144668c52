import {
  type ChunkFrame,
  DIGEST_BYTES,
  decodeFrames,
  encodeAckFrame,
  encodeNackFrame,
  exhaustive,
  type Frame,
  type HubMessage,
  keyOf,
  payloadIsIntact,
  type TransferRef,
} from '@ferryline/engine';
import type { SendPlan } from '../../packages/agent/src/source/core/events.ts';
import type { Run } from '../../packages/hub/src/domain/run/run.ts';
import { settledTransferStates } from '../../packages/hub/src/domain/transfer/lifecycle.ts';
import type { Transfer } from '../../packages/hub/src/domain/transfer/transfer.ts';
import type { ChangedTransfer } from '../../packages/hub/src/domain/transfer/transfer-repository.ts';
import type { HubEffect } from '../../packages/hub/src/infrastructure/engine/state/effects.ts';
import type { HubEvent, WorkMessage } from '../../packages/hub/src/infrastructure/engine/state/events.ts';
import { stepHub } from '../../packages/hub/src/infrastructure/engine/state/hub-core.ts';
import { type HubLimits, initialHubState } from '../../packages/hub/src/infrastructure/engine/state/hub-state.ts';
import type { Ledger } from './ledger.ts';
import type { MemoryRecords } from './memory-records.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { SimulatedSession } from './simulated-session.ts';
import type { SimulatedStore } from './simulated-store.ts';
import type { Simulation } from './simulation.ts';
import { promised } from './violation.ts';

const TICK_MS = 40;
/** Longer than anything takes here that is under way at all. */
const STALLED_AFTER_MS = 60_000;
/** How long the present session of an agent has to prove that it lives, when another life of it asks for its place. */
const PROOF_OF_LIFE_MS = 3_000;

export interface SimulatedHubParts {
  readonly records: MemoryRecords;
  readonly ledger: Ledger;
  readonly store: SimulatedStore;
  readonly relayMemoryBytes: number;
}

/** The real hub core, carried out as `dispatcher.ts` and `agent-door.ts` do; its database survives it. */
export class SimulatedHub {
  readonly process: SimulatedProcess;
  readonly records: MemoryRecords;
  readonly #simulation: Simulation;
  readonly #ledger: Ledger;
  readonly #limits: HubLimits;
  readonly store: SimulatedStore;
  #state: ReturnType<typeof initialHubState>;
  /** Every connection that it believes in, welcome or not yet. */
  readonly #connections = new Set<SimulatedSession>();
  #sessions = new Map<number, SimulatedSession>();
  #databaseFreeAtMs = 0;
  /** Records that are under way, and not yet written. */
  #recordsUnderWay = 0;

  constructor(simulation: Simulation, { records, ledger, store, relayMemoryBytes }: SimulatedHubParts) {
    this.#simulation = simulation;
    this.records = records;
    this.#ledger = ledger;
    this.store = store;
    this.#limits = { relayMemoryBytes, relayDiskBytes: store.quotaBytes, stalledAfterMs: STALLED_AFTER_MS };
    this.process = new SimulatedProcess(simulation.world, 'hub');
    this.#state = initialHubState(this.#limits);
    this.#tick();
  }

  /** Whether nothing is left to be done, or remembered. */
  get hasForgotten(): boolean {
    const { runs, transfers, kept, routes, recordings, changedTransfers } = this.#state;
    return runs.size + transfers.size + kept.size + routes.size + recordings.length + changedTransfers.size === 0;
  }

  /** The process dies, and is started anew after a while: all that it knows then is what the database has. */
  die(forMs: number): void {
    if (!this.process.isUp) return;
    const { sightings, world, mutant } = this.#simulation;
    if (this.#recordsUnderWay > 0) sightings.saw('the hub died with a record under way');
    if ([...this.#state.runs.values()].some((run) => run.phase === 'scanning'))
      sightings.saw('the hub died while it planned');
    this.process.kill();
    this.store.hubDied();
    for (const session of this.#connections) session.hubDied();
    this.#connections.clear();
    this.#sessions = new Map();
    this.#recordsUnderWay = 0;
    this.#databaseFreeAtMs = 0;
    world.schedule(forMs, () => {
      this.process.start();
      this.records.failRests();
      if (mutant !== 'a hub that starts does not count again') this.records.recountRunning();
      this.#sweepStore();
      this.#state = initialHubState(this.#limits);
      for (const run of this.records.unsettledRuns) {
        const isForgotten =
          mutant === 'a hub that starts does not take up what was being planned' && run.state === 'planning';
        if (!isForgotten) this.on({ type: 'runAppeared', run });
      }
      this.#tick();
    });
  }

  /** Its processes are stopped for a while. */
  stop(forMs: number): void {
    if (!this.process.isUp || this.process.pause !== undefined) return;
    this.process.stop(forMs);
    for (const session of this.#connections) session.stopped('hub');
  }

  /** An agent dials. */
  accept(session: SimulatedSession): void {
    this.#connections.add(session);
  }

  /** The database answers nothing for a while; what is asked of it waits. */
  loseDatabase(forMs: number): void {
    this.#databaseFreeAtMs = Math.max(this.#databaseFreeAtMs, this.#simulation.world.nowMs) + forMs;
  }

  runAppeared(run: Run): void {
    this.on({ type: 'runAppeared', run });
  }

  runRetried(run: Run, retriedTransfers: number): void {
    this.on({ type: 'runRetried', run, retriedTransfers });
  }

  runCancelled(runId: number): void {
    const run = this.#state.runs.get(runId);
    if (run?.state === 'planning') this.#simulation.sightings.saw('a run was cancelled while it was planned');
    if (run?.phase === 'moving') this.#simulation.sightings.saw('a run was cancelled while it moved');
    this.on({ type: 'runCancelled', runId });
  }

  transfersCancelled(transfers: readonly ChangedTransfer[]): void {
    this.on({ type: 'transfersCancelled', transfers });
  }

  transfersRetried(transfers: readonly ChangedTransfer[], runs: readonly Run[]): void {
    this.on({ type: 'transfersRetried', transfers, runs });
  }

  transferResumed(transferId: number): void {
    if (this.#state.transfers.get(transferId)?.phase === 'resting')
      this.#simulation.sightings.saw('a rest was ended by hand');
    if (this.#state.transfers.get(transferId)?.phase === 'waiting')
      this.#simulation.sightings.saw('what waited for room was asked for by hand');
    this.on({ type: 'transferResumed', transferId });
  }

  /** An agent says who it is: the same process takes its old place at once, another when the old one gives no sign of life. */
  onHello(session: SimulatedSession, holds: readonly TransferRef[]): void {
    const { agent } = session;
    const holder = this.#sessions.get(agent.id);
    const { world, sightings, pace } = this.#simulation;
    if (holder !== undefined && holder.life !== session.life) {
      this.process.later(PROOF_OF_LIFE_MS, () => {
        holder.close('hub');
        sightings.saw('a session was taken over by another life');
        // Another one may have come into that place meanwhile.
        if (session.isOpenAtHub) this.onHello(session, holds);
      });
      return;
    }
    if (holder !== undefined) {
      sightings.saw('a session was taken over by the same life');
      holder.close('hub');
    }
    // That it is there is recorded first.
    this.process.later(world.random() * pace.databaseMs, () => this.#welcome(session, holds));
  }

  onMessage(session: SimulatedSession, message: WorkMessage): void {
    this.#simulation.world.note(`hub hears ${message.type} of ${session.agent.id}`);
    this.on({ type: 'messageReceived', agentId: session.agent.id, message });
  }

  onFrames(session: SimulatedSession, message: Buffer): void {
    for (const { frame, bytes } of decodeFrames(message)) {
      const intact = frame.kind !== 'chunk' || payloadIsIntact(frame);
      const present = this.#state.transfers.get(frame.transfer)?.attempt ?? frame.attempt;
      if (frame.attempt < present) this.#simulation.sightings.saw('a frame of an older attempt was dropped by the hub');
      const isFenced = this.#simulation.mutant !== 'frames of every attempt are taken';
      const heard = isFenced ? frame : { ...frame, attempt: present };
      this.on({ type: 'frameReceived', agentId: session.agent.id, frame: heard, bytes, intact });
    }
  }

  onClosed(session: SimulatedSession): void {
    this.#connections.delete(session);
    if (this.#sessions.get(session.agent.id) !== session) return;
    this.#sessions.delete(session.agent.id);
    this.on({ type: 'sessionClosed', agentId: session.agent.id });
  }

  sessionOf(agentId: number): SimulatedSession | undefined {
    return this.#sessions.get(agentId);
  }

  on(event: HubEvent): void {
    const { world } = this.#simulation;
    if (event.type !== 'ticked') world.note(`hub ${noteOf(event)}`);
    const { nowMs, random } = world;
    const circumstances = { nowMs, random, storeRoomBytes: this.store.freeBytes };
    for (const effect of stepHub(this.#state, event, circumstances).effects) this.#carryOut(effect);
  }

  #welcome(session: SimulatedSession, holds: readonly TransferRef[]): void {
    if (!session.isOpenAtHub) return;
    const { id: agentId } = session.agent;
    this.#sessions.get(agentId)?.close('hub');
    this.#sessions.set(agentId, session);
    const agent = { id: agentId, name: `agent ${agentId}` };
    session.sendControl('down', { type: 'welcome', session: '', protocolVersion: 1, agent, heartbeatMs: 15_000 });
    for (const { phase, run, open } of this.#state.runs.values()) {
      if (phase === 'storing' && run.destination.agentId === agentId && open.size > 0)
        this.#simulation.sightings.saw('a destination came back while its source sent to the disk');
    }
    this.on({ type: 'sessionOpened', agentId });
    this.on({ type: 'holdsStated', agentId, refs: holds });
  }

  #tick(): void {
    this.process.later(TICK_MS, () => {
      this.on({ type: 'ticked' });
      this.#tick();
    });
  }

  #carryOut(effect: HubEffect): void {
    const { records } = this;
    switch (effect.type) {
      case 'sendMessage':
        this.#send(effect.agentId, effect.message);
        return;
      case 'forwardFrame':
        this.#forward(effect.agentId, effect.bytes);
        return;
      case 'nackFrame': {
        const { agentId, transfer, attempt, chunkIndex, rawLength, reason } = effect;
        this.#simulation.sightings.saw('a damaged chunk was refused by the hub');
        if (this.#simulation.mutant === 'a nack is not said') return;
        const digest = Buffer.alloc(DIGEST_BYTES);
        this.#forward(agentId, encodeNackFrame({ transfer, attempt, chunkIndex, rawLength, digest, reason }));
        return;
      }
      case 'ackFrame':
        this.#acknowledgeStored(effect.agentId, effect.frame);
        return;
      case 'takeBackFrames':
        // In this world nothing waits at the hub: it is all on its way.
        this.#simulation.sightings.saw('a slow destination was spared');
        return;
      case 'reserveRoom':
        this.store.reserve(effect.ref, effect.bytes);
        return;
      case 'storeFrame':
        this.#store(effect.frame, effect.bytes);
        return;
      case 'readStored':
        this.#readStored(effect.ref, effect.index);
        return;
      case 'restStored':
        this.store.rest(effect.transferIds);
        return;
      case 'dropStored':
        this.store.beginDrop(effect.transferIds);
        this.#afterDisk(() => this.store.drop(effect.transferIds));
        return;
      case 'sweepStored':
        this.process.later(1_000, () => this.#sweepStore());
        return;
      case 'lookUpHolds':
        this.#ask(() => {
          const { agentId, refs } = effect;
          const asOf = this.#state.cancellations;
          const transfers = records.transfersByIds(refs.map(({ transfer }) => transfer));
          return { type: 'holdsLookedUp', agentId, refs, transfers, asOf };
        });
        return;
      case 'clearPlan':
        this.#simulation.sightings.saw('a plan was cleared and made anew');
        this.#ask(() => {
          records.clearPlan(effect.runId);
          return { type: 'planCleared', runId: effect.runId };
        });
        return;
      case 'storeHeldFiles':
        this.#ask(() => {
          const { runId, page, last, files } = effect;
          records.storeHeldFiles(runId, files);
          return { type: 'heldFilesStored', runId, page, last };
        });
        return;
      case 'findHeldFiles':
        this.#ask(() => {
          const { runId, page, files } = effect;
          const held = records.findHeldFiles(runId, files);
          if (held.size > 0) this.#simulation.sightings.saw('a pull found what it holds');
          return { type: 'heldFilesFound', runId, page, held };
        });
        return;
      case 'storePlanPage':
        this.#ask(() => {
          records.storePlanPage(effect.page);
          return { type: 'planPageStored', runId: effect.page.runId, page: effect.number, last: effect.last };
        });
        return;
      case 'loadTransfers':
        this.#ask(() => {
          const { runId, load, afterId, limit, only } = effect;
          const transfers = records.unsettledTransfers(runId, afterId, limit, only);
          const stored = new Map(transfers.map((each) => [each.id, this.#loadStored(each)]));
          return { type: 'transfersLoaded', runId, load, transfers, stored };
        });
        return;
      case 'loadTreeEntries':
        this.#ask(() => {
          const { runId, page, request } = effect;
          return { type: 'treeEntriesLoaded', runId, page, entries: records.treePage(runId, request) };
        });
        return;
      case 'reopenRun':
        this.#ask(() => {
          records.reopenRun(effect.runId);
          return undefined;
        });
        return;
      case 'failRest':
        this.#ask(() => {
          records.failRest(effect.runId);
          return undefined;
        });
        return;
      case 'record':
        this.#record(effect.changes);
        return;
      case 'announceEnd':
        return;
      case 'closeSession':
        // A source whose destination comes and goes, and whose lane is slow, has more than a window on its way.
        promised(
          'I13',
          effect.code === 'RATE_LIMITED' || effect.code === 'STALLED',
          () => `nobody forges anything here, and agent ${effect.agentId} is sent away: ${effect.reason}`,
        );
        this.#simulation.sightings.saw(
          effect.code === 'STALLED'
            ? 'an agent was sent away that gave no sign'
            : 'a source was sent away for what was on its way',
        );
        this.#sessions.get(effect.agentId)?.close('hub');
        return;
      default:
        exhaustive(effect);
    }
  }

  /** Bytes, then claim, then acknowledgement. */
  #store(frame: ChunkFrame, bytes: Buffer): void {
    const { mutant, sightings } = this.#simulation;
    const drops = this.store.dropsOf(frame.transfer);
    const isEarly = mutant === 'a stored chunk is acknowledged before it is claimed';
    if (isEarly) this.process.later(0, () => this.on({ type: 'chunkStored', frame }));
    this.#afterDisk(() => {
      const isClaimed = this.store.dropsOf(frame.transfer) === drops && this.store.claim(frame, bytes);
      if (isEarly) return;
      if (isClaimed) {
        sightings.saw('a chunk was stored at the hub');
        this.on({ type: 'chunkStored', frame });
      } else {
        if (this.store.isFull) sightings.saw("the relay's disk took no more");
        this.on({ type: 'chunkNotStored', frame, bytes, isContradiction: false });
      }
    });
  }

  #readStored(ref: TransferRef, index: number): void {
    const { sightings } = this.#simulation;
    this.#afterDisk(() => {
      const bytes = this.store.read(ref, index);
      if (bytes === undefined) {
        sightings.saw('a chunk was lost at the hub');
        this.on({ type: 'storedChunkLost', ref, index });
        return;
      }
      const source = this.records.transfers.get(ref.transfer)?.sourceAgentId;
      if (source !== undefined && !this.#sessions.has(source))
        sightings.saw('a stored chunk was delivered while its source was away');
      this.on({ type: 'storedChunkRead', ref, index, bytes });
    });
  }

  #acknowledgeStored(agentId: number, frame: ChunkFrame): void {
    promised(
      'custody',
      this.store.isClaimed(frame, frame.chunkIndex),
      () => `chunk ${frame.chunkIndex} of ${keyOf(frame)} is acknowledged, and the hub does not hold it`,
    );
    // With the last one the transfer has left the memory of the hub.
    this.#sessions.get(agentId)?.sendFrames('down', encodeAckFrame(frame));
  }

  #loadStored({ id, attempt, totalChunks }: Transfer): ReturnType<SimulatedStore['load']> {
    return this.store.load({ transfer: id, attempt }, totalChunks);
  }

  /** Transfers that have ended, or are in another attempt, need nothing of the relay's disk. */
  #sweepStore(): void {
    if (this.#simulation.mutant === "the relay's disk is not swept") return;
    this.store.dropUnneeded(({ transfer: id, attempt }) => {
      const transfer = this.records.transfers.get(id);
      return transfer?.attempt === attempt && !settledTransferStates.includes(transfer.state);
    });
  }

  /** When the disk is through with something, and the database. */
  #afterDisk(work: () => void): void {
    const { world, pace } = this.#simulation;
    const delayMs = world.random() * (pace.diskMs + pace.databaseMs);
    this.process.later(Math.max(this.#databaseFreeAtMs - world.nowMs, 0) + delayMs, work);
  }

  #record(changes: Extract<HubEffect, { type: 'record' }>['changes']): void {
    const { mutant, sightings, world } = this.#simulation;
    if (changes.replans?.length) sightings.saw('a transfer was planned anew');
    this.#recordsUnderWay += 1;
    const written = {
      ...changes,
      ...(mutant === 'a batch of records leaves the transfers out' && { transfers: [] }),
      ...(mutant === 'a plan that was made anew is not written' && { replans: [] }),
    };
    const isEarly = mutant === 'what is recorded is told before it is written';
    this.#ask(() => {
      this.records.record(written);
      this.#recordsUnderWay -= 1;
      world.note(`database ${changes.transfers.map(({ id, attempt, state }) => `${id}.${attempt} ${state}`)}`);
      for (const { id } of changes.transfers) this.#assertTrue(id);
      return isEarly ? undefined : { type: 'recorded' };
    });
    if (isEarly) this.process.later(0, () => this.on({ type: 'recorded' }));
  }

  /** What the database says of a transfer is so. */
  #assertTrue(id: number): void {
    const transfer = this.records.transfers.get(id);
    if (transfer?.state === 'failed') {
      promised('I15', transfer.errorCode !== undefined, () => `transfer ${id} failed for no reason`);
    }
    if (transfer !== undefined && transfer.retryCount > 0)
      this.#simulation.sightings.saw('a transfer started over by itself');
    if (transfer?.state !== 'completed') return;
    if (transfer.sizeBytes === 0) this.#simulation.sightings.saw('a file of zero bytes arrived');
    const isDelivered = this.#ledger.isDelivered(transfer);
    promised('I2', isDelivered, () => `transfer ${id} is completed, and a power cut would take its file`);
  }

  #send(agentId: number, message: HubMessage): void {
    const { world } = this.#simulation;
    this.#assertPart(agentId, message);
    if (message.type === 'send') for (const plan of message.transfers) this.#assertStoredIsHeld(plan);
    const refs = 'transfers' in message ? ` ${message.transfers.map(keyOf)}` : '';
    world.note(`hub says ${message.type} to ${agentId}${refs}`);
    this.#sessions.get(agentId)?.sendControl('down', message);
  }

  #forward(agentId: number, bytes: Buffer): void {
    const isWrong = this.#simulation.mutant === 'frames are handed to the wrong agent';
    const receiver = isWrong ? (agentId % 3) + 1 : agentId;
    for (const { frame } of decodeFrames(bytes)) this.#assertAddressee(receiver, frame);
    this.#sessions.get(receiver)?.sendFrames('down', bytes);
  }

  #assertAddressee(agentId: number, frame: Frame): void {
    const { sourceAgentId, destinationAgentId } = this.#ledger.transfer(frame.transfer);
    const addressee = frame.kind === 'chunk' ? destinationAgentId : sourceAgentId;
    promised(
      'I13',
      agentId === addressee,
      () => `a ${frame.kind} of transfer ${frame.transfer} goes to agent ${agentId}`,
    );
    const present = this.#state.transfers.get(frame.transfer)?.attempt;
    promised(
      'I5',
      frame.attempt === present,
      () => `a ${frame.kind} of attempt ${frame.attempt} is handed on, present is ${present}`,
    );
  }

  /** What the relay's disk holds is not asked of a source again. */
  #assertStoredIsHeld({ held, ...plan }: SendPlan): void {
    for (const index of this.store.known(plan)) {
      const isHeld = held.some(([first, count]) => index >= first && index < first + count);
      promised('I4', isHeld, () => `chunk ${index} of ${keyOf(plan)} is stored, and asked for again`);
    }
  }

  #assertPart(agentId: number, message: HubMessage): void {
    if (!('transfers' in message)) return;
    for (const { transfer: id } of message.transfers) {
      const transfer = this.records.transfers.get(id);
      if (message.type === 'settled') {
        promised(
          'custody',
          transfer?.state === 'completed',
          () => `transfer ${id} is settled, and recorded as ${transfer?.state}`,
        );
      }
      const { sourceAgentId, destinationAgentId } = transfer ?? {};
      if (message.type === 'receive' || message.type === 'finish') {
        promised(
          'I13',
          agentId === destinationAgentId,
          () => `agent ${agentId} hears ${message.type} of transfer ${id}`,
        );
      }
      if (message.type === 'send') {
        promised('I13', agentId === sourceAgentId, () => `agent ${agentId} is to send transfer ${id}`);
      }
    }
  }

  /** Database work happens in order, each piece a random while after the one before; its answer comes before the next. */
  #ask(work: () => HubEvent | undefined): void {
    const { world, pace } = this.#simulation;
    const doneAtMs = Math.max(this.#databaseFreeAtMs, world.nowMs) + world.random() * pace.databaseMs;
    this.#databaseFreeAtMs = doneAtMs + world.random() * 2;
    const answerAtMs = this.#databaseFreeAtMs;
    this.process.later(doneAtMs - world.nowMs, () => {
      const event = work();
      if (event !== undefined) this.process.later(answerAtMs - doneAtMs, () => this.on(event));
    });
  }
}

function noteOf(event: HubEvent): string {
  if (event.type === 'frameReceived') {
    const { kind, transfer, attempt, chunkIndex } = event.frame;
    return `${kind} ${transfer}.${attempt}#${chunkIndex}`;
  }
  if (event.type === 'messageReceived') {
    const { message } = event;
    return 'transfers' in message ? `${message.type} ${message.transfers.map(keyOf)}` : message.type;
  }
  if (event.type === 'sessionOpened' || event.type === 'sessionClosed') return `${event.type} ${event.agentId}`;
  return 'runId' in event ? `${event.type} run ${event.runId}` : event.type;
}
