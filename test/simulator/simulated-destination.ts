import { hash } from 'node:crypto';
import {
  type ChunkFrame,
  decodeFrames,
  encodeAckFrame,
  exhaustive,
  type HubMessage,
  type TransferRef,
} from '@ferryline/engine';
import { stepDestination } from '../../packages/agent/src/destination/core/destination-core.ts';
import type { DestinationEffect, DestinationEvent } from '../../packages/agent/src/destination/core/events.ts';
import { initialDestinationState } from '../../packages/agent/src/destination/core/state.ts';
import type { WorkMessage } from '../../packages/hub/src/infrastructure/engine/state/events.ts';
import type { World } from './world.ts';

export interface DestinationOutlet {
  message(message: WorkMessage): void;
  frames(bytes: Buffer): void;
}

/** The real destination core, writing to memory. It checks at each step what the promises say must hold by then. */
export class SimulatedDestination {
  /** What stands at the destination path. */
  published: Buffer | undefined;
  publishes = 0;
  readonly #world: World;
  readonly #outlet: DestinationOutlet;
  readonly #state = initialDestinationState();
  readonly #partials = new Map<number, Buffer>();
  readonly #synced = new Set<number>();
  readonly #written = new Map<number, number>();

  constructor(world: World, outlet: DestinationOutlet) {
    this.#world = world;
    this.#outlet = outlet;
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
      const chunk = { ref, index: frame.chunkIndex, rawLength: frame.rawLength };
      this.#on({ type: 'chunkArrived', chunk, payload: frame });
    }
  }

  #on(event: DestinationEvent<ChunkFrame>): void {
    this.#world.note(`destination ${event.type}`);
    for (const effect of stepDestination(this.#state, event).effects) this.#carryOut(effect);
  }

  #carryOut(effect: DestinationEffect<ChunkFrame>): void {
    switch (effect.type) {
      case 'openPartial':
        this.#later(() => {
          this.#partials.set(effect.plan.transfer, Buffer.alloc(effect.plan.size));
          return { type: 'partialOpened', ref: effect.plan };
        });
        return;
      case 'writeChunk':
        this.#later(() => {
          this.#partial(effect.ref).set(effect.payload.payload, effect.offset);
          this.#written.set(effect.index, effect.payload.rawLength);
          return { type: 'chunkWritten', ref: effect.ref, index: effect.index };
        });
        return;
      case 'syncPartial':
      case 'sealPartial': {
        const covered = [...this.#written.keys()];
        this.#later(() => {
          for (const index of covered) this.#synced.add(index);
          return { type: effect.type === 'syncPartial' ? 'partialSynced' : 'partialSealed', ref: effect.ref };
        });
        return;
      }
      case 'publish':
        this.#later(() => {
          const content = this.#partial(effect.ref);
          if (hash('sha256', content) !== effect.proof.fileHash)
            throw new Error('a file is published that is not the source');
          this.published = content;
          this.publishes += 1;
          return { type: 'filePublished', ref: effect.ref };
        });
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
      case 'discardPartial':
        this.#partials.delete(effect.ref.transfer);
        return;
      case 'nackChunk':
        throw new Error('nothing in this world is damaged');
      default:
        exhaustive(effect);
    }
  }

  #ack(ref: TransferRef, index: number): void {
    const rawLength = this.#written.get(index);
    if (rawLength === undefined || !this.#synced.has(index))
      throw new Error(`chunk ${index} is acknowledged before its sync`);
    this.#outlet.frames(encodeAckFrame({ ...ref, chunkIndex: index, rawLength, digest: Buffer.alloc(32) }));
  }

  #partial(ref: TransferRef): Buffer {
    const partial = this.#partials.get(ref.transfer);
    if (partial === undefined) throw new Error(`transfer ${ref.transfer} has no partial file`);
    return partial;
  }

  #later(work: () => DestinationEvent<ChunkFrame>): void {
    this.#world.schedule(this.#world.random() * 5, () => this.#on(work()));
  }
}
