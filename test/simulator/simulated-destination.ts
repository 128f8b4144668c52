import {
  type ChunkFrame,
  ChunkSet,
  decodeFrames,
  encodeAckFrame,
  exhaustive,
  type HubMessage,
  hashChunk,
  keyOf,
  refOf,
  type TransferRef,
} from '@ferryline/engine';
import { stepDestination } from '../../packages/agent/src/destination/core/destination-core.ts';
import type { DestinationEffect, DestinationEvent } from '../../packages/agent/src/destination/core/events.ts';
import { initialDestinationState } from '../../packages/agent/src/destination/core/state.ts';
import type { JournalRecord } from '../../packages/agent/src/destination/journal/journal-record.ts';
import { remembered } from '../../packages/agent/src/destination/journal/remembered.ts';
import type { WorkMessage } from '../../packages/hub/src/infrastructure/engine/state/events.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import type { World } from './world.ts';

export interface DestinationOutlet {
  message(message: WorkMessage): void;
  frames(bytes: Buffer): void;
}

/** The real destination core on a disk that forgets. It checks at each step what the promises say must hold by then. */
export class SimulatedDestination {
  readonly disk: SimulatedDisk;
  /** Chunks that were acknowledged, and that no later life has had to ask for again. */
  readonly acknowledged = new Set<number>();
  /** Chunks that came again after they had been acknowledged, in the same attempt. */
  repeats = 0;
  /** Chunks of an earlier life that a later one went on with. */
  resumed = 0;
  readonly #world: World;
  readonly #outlet: DestinationOutlet;
  #state = initialDestinationState();
  /** Which life of the process this is: what an earlier one had planned does not happen. */
  #life = 0;
  #attempt = 0;
  #journalFreeAtMs = 0;
  readonly #rawLengths = new Map<number, number>();
  /** What the source says that the file about to be published is. */
  #intended = '';

  constructor(world: World, outlet: DestinationOutlet) {
    this.#world = world;
    this.#outlet = outlet;
    this.disk = new SimulatedDisk(world);
  }

  /** The process dies, with or without the machine, and a new one remembers what the disk has. */
  restart(how: 'killed' | 'powerCut'): void {
    this.#life += 1;
    if (how === 'powerCut') this.disk.cutPower();
    const { recovered, over } = remembered(this.disk.image.entries);
    for (const ref of over) this.disk.remove(ref);
    this.#state = initialDestinationState(recovered);
  }

  holds(): readonly TransferRef[] {
    const { transfers, recovered, receipts } = this.#state;
    const plans = [...[...transfers.values()].map(({ plan }) => plan), ...recovered.values(), ...receipts.values()];
    return plans.map(refOf);
  }

  onMessage(message: HubMessage): void {
    if (message.type === 'receive') this.#on({ type: 'receiveRequested', transfers: message.transfers });
    if (message.type === 'settled') this.#on({ type: 'settled', refs: message.transfers });
    if (message.type === 'cancel') this.#on({ type: 'cancelled', refs: message.transfers });
    if (message.type === 'finish') {
      for (const { transfer, attempt, ...proof } of message.transfers) {
        this.#on({ type: 'finishRequested', ref: { transfer, attempt }, proof });
      }
    }
  }

  onFrames(message: Buffer): void {
    for (const { frame } of decodeFrames(message)) {
      if (frame.kind !== 'chunk') throw new Error('a destination receives chunks');
      const ref = { transfer: frame.transfer, attempt: frame.attempt };
      if (frame.attempt !== this.#attempt) this.acknowledged.clear();
      this.#attempt = frame.attempt;
      if (this.acknowledged.has(frame.chunkIndex)) this.repeats += 1;
      this.#rawLengths.set(frame.chunkIndex, frame.rawLength);
      const chunk = { ref, index: frame.chunkIndex, rawLength: frame.rawLength };
      this.#on({ type: 'chunkArrived', chunk, payload: frame });
    }
  }

  #on(event: DestinationEvent<ChunkFrame>): void {
    this.#world.note(`destination ${event.type}`);
    for (const effect of stepDestination(this.#state, event).effects) this.#carryOut(effect);
  }

  #carryOut(effect: DestinationEffect<ChunkFrame>): void {
    const { disk } = this;
    switch (effect.type) {
      case 'openPartial':
        disk.note({ type: 'opened', plan: effect.plan, atMs: 0 });
        this.#later(() => {
          disk.create(effect.plan);
          return { type: 'partialOpened', ref: refOf(effect.plan) };
        });
        return;
      case 'reopenPartial':
        this.#later(() => this.#reopen(effect));
        return;
      case 'writeChunk':
        this.#later(() => {
          disk.partial(effect.ref).written.set(effect.index, Buffer.from(effect.payload.payload));
          return { type: 'chunkWritten', ref: effect.ref, index: effect.index };
        });
        return;
      case 'syncPartial':
      case 'sealPartial': {
        const partial = disk.partial(effect.ref);
        const covered = [...partial.written.keys()];
        this.#later(() => {
          disk.sync(partial, covered);
          return { type: effect.type === 'syncPartial' ? 'partialSynced' : 'partialSealed', ref: effect.ref };
        });
        return;
      }
      case 'recordHeld': {
        const { ref, indices } = effect;
        this.#record(this.#heldRecord('held', ref, indices), { type: 'heldRecorded', ref, indices });
        return;
      }
      case 'recordIntent': {
        const { ref, indices, proof } = effect;
        this.#intended = proof.fileHash;
        this.#record(this.#heldRecord('publishing', ref, indices), { type: 'intentRecorded', ref });
        return;
      }
      case 'publish':
        this.#later(() => {
          disk.rename(effect.ref, this.#intended);
          this.#later(() => {
            disk.syncDirectory();
            return { type: 'filePublished', ref: effect.ref };
          });
          return undefined;
        });
        return;
      case 'forgetReceipt':
        disk.note({ type: 'forgotten', ...effect.ref });
        return;
      case 'discardPartial':
        disk.note({ type: 'discarding', ...effect.ref });
        disk.syncJournal(disk.records);
        disk.remove(effect.ref);
        disk.note({ type: 'forgotten', ...effect.ref });
        return;
      case 'ackChunks':
        for (const index of effect.indices) this.#ack(effect.ref, index);
        return;
      case 'reportReceiving':
        this.#outlet.message({ type: 'receiving', transfers: [{ ...effect.ref, held: effect.held }] });
        return;
      case 'reportFinished':
        this.#outlet.message({ type: 'finished', transfers: [effect.ref] });
        return;
      case 'reportFailed':
        this.#outlet.message({ type: 'failed', transfers: [{ ...effect.ref, ...effect.failure }] });
        return;
      case 'nackChunk':
        throw new Error('nothing in this world is damaged');
      default:
        exhaustive(effect);
    }
  }

  #reopen({ plan, totalChunks }: Extract<DestinationEffect<never>, { type: 'reopenPartial' }>) {
    const ref = refOf(plan);
    const entry = this.disk.image.entry(ref);
    const partial = this.disk.partials.get(keyOf(plan));
    if (partial === undefined && entry?.stage === 'publishing') {
      this.disk.syncDirectory();
      return { type: 'filePublished', ref } as const;
    }
    const verified = new ChunkSet(totalChunks);
    if (partial === undefined) this.disk.create(ref);
    else {
      for (const index of entry?.held.indices() ?? []) {
        if (digestOf(partial.written.get(index)).equals(entry?.digests.get(index) ?? Buffer.alloc(0)))
          verified.add(index);
      }
    }
    for (const index of this.acknowledged) {
      if (!verified.has(index)) throw new Error(`chunk ${index} was acknowledged and is lost`);
    }
    const kept = [...verified.indices()].map(
      (index) => [index, entry?.digests.get(index).toString('base64') ?? ''] as const,
    );
    this.resumed += verified.count;
    this.disk.note({ type: 'opened', plan, atMs: 0 });
    this.disk.note({ type: 'held', ...ref, chunks: kept, atMs: 0 });
    this.disk.syncJournal(this.disk.records);
    return { type: 'partialReopened', ref, held: verified.toRanges() } as const;
  }

  #heldRecord(type: 'held' | 'publishing', ref: TransferRef, indices: readonly number[]): JournalRecord {
    const { written } = this.disk.partial(ref);
    const chunks = indices.map((index) => [index, digestOf(written.get(index)).toString('base64')] as const);
    return { type, ...ref, chunks, atMs: 0 };
  }

  /** One journal, one order: what was recorded later is not durable earlier. */
  #record(record: JournalRecord, then: DestinationEvent<ChunkFrame>): void {
    this.disk.note(record);
    const upTo = this.disk.records;
    const { nowMs, random } = this.#world;
    this.#journalFreeAtMs = Math.max(this.#journalFreeAtMs, nowMs + random() * 5);
    this.#at(this.#journalFreeAtMs, () => {
      this.disk.syncJournal(upTo);
      return then;
    });
  }

  #ack(ref: TransferRef, index: number): void {
    const partial = this.disk.partials.get(keyOf(ref));
    // A copy may come while the complete file is being put in its place: its hidden name is gone by then.
    const bytes = partial === undefined ? this.disk.published : partial.durable.get(index);
    if (bytes === undefined) throw new Error(`chunk ${index} is acknowledged before its sync`);
    this.acknowledged.add(index);
    const rawLength = this.#rawLengths.get(index) ?? 0;
    this.#outlet.frames(encodeAckFrame({ ...ref, chunkIndex: index, rawLength, digest: Buffer.alloc(32) }));
  }

  #later(work: () => DestinationEvent<ChunkFrame> | undefined): void {
    this.#at(this.#world.nowMs + this.#world.random() * 5, work);
  }

  #at(atMs: number, work: () => DestinationEvent<ChunkFrame> | undefined): void {
    const life = this.#life;
    this.#world.schedule(atMs - this.#world.nowMs, () => {
      if (life !== this.#life) return;
      const event = work();
      if (event !== undefined) this.#on(event);
    });
  }
}

function digestOf(bytes: Buffer | undefined): Buffer {
  return bytes === undefined ? Buffer.alloc(32) : hashChunk(bytes);
}
