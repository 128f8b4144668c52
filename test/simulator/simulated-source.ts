import { hash } from 'node:crypto';
import { decodeFrames, encodeChunkFrame, exhaustive, type FileIdentity, type HubMessage } from '@ferryline/engine';
import type { SourceEffect, SourceEvent } from '../../packages/agent/src/source/core/events.ts';
import { stepSource } from '../../packages/agent/src/source/core/source-core.ts';
import { initialSourceState } from '../../packages/agent/src/source/core/state.ts';
import type { WorkMessage } from '../../packages/hub/src/infrastructure/engine/state/events.ts';
import type { World } from './world.ts';

export interface SourceOutlet {
  message(message: WorkMessage): void;
  frames(bytes: Buffer): void;
}

/** The real source core, reading one file from memory; reads take a random while. */
export class SimulatedSource {
  readonly #world: World;
  readonly #content: Buffer;
  readonly #outlet: SourceOutlet;
  #state = initialSourceState();
  #life = 0;

  constructor(world: World, content: Buffer, outlet: SourceOutlet) {
    this.#world = world;
    this.#content = content;
    this.#outlet = outlet;
  }

  /** The session is lost: what the core was doing is over, and answers to it come no more. */
  lose(): void {
    this.#on({ type: 'sessionLost' });
    this.#life += 1;
    this.#state = initialSourceState();
  }

  onMessage(message: HubMessage): void {
    if (message.type === 'scan') {
      const identity = this.#identity();
      const entry = { kind: 'file', names: [], mode: 0o644, mtimeNs: identity.mtimeNs, identity } as const;
      const page = { run: message.run, page: 0, skipped: [], last: true };
      this.#outlet.message({ type: 'entries', ...page, entries: [{ ...entry, names: [] }] });
    }
    if (message.type === 'send') this.#on({ ...message, type: 'sendRequested' });
    if (message.type === 'window') this.#on({ ...message, type: 'windowChanged' });
    if (message.type === 'settled' || message.type === 'cancel')
      this.#on({ type: 'released', refs: message.transfers });
  }

  onFrames(message: Buffer): void {
    for (const { frame } of decodeFrames(message)) {
      const ref = { transfer: frame.transfer, attempt: frame.attempt };
      if (frame.kind === 'ack') this.#on({ type: 'chunkAcked', ref, index: frame.chunkIndex });
      if (frame.kind === 'nack') this.#on({ type: 'chunkNacked', ref, index: frame.chunkIndex, reason: frame.reason });
    }
  }

  #on(event: SourceEvent): void {
    this.#world.note(`source ${event.type}`);
    for (const effect of stepSource(this.#state, event).effects) this.#carryOut(effect);
  }

  #carryOut(effect: SourceEffect): void {
    switch (effect.type) {
      case 'openFile':
        this.#later(() => ({ type: 'fileOpened', ref: effect.plan }));
        return;
      case 'readChunk':
        this.#later(() => {
          const raw = this.#content.subarray(effect.offset, effect.offset + effect.length);
          const { transfer, attempt } = effect.plan;
          const digest = hash('sha256', raw, 'buffer');
          const header = {
            transfer,
            attempt,
            chunkIndex: effect.index,
            rawLength: raw.length,
            digest,
            last: effect.last,
          };
          if (effect.deliver) this.#outlet.frames(encodeChunkFrame({ ...header, compression: 'none' }, raw));
          return { type: 'chunkRead', ref: effect.plan, index: effect.index };
        });
        return;
      case 'digestFile':
        this.#later(() => {
          const fileHash = hash('sha256', this.#content);
          return { type: 'fileDigested', ref: effect.ref, fileHash, chunkListHash: fileHash };
        });
        return;
      case 'reportSent': {
        const { ref, fileHash, chunkListHash } = effect;
        this.#outlet.message({ type: 'sent', transfers: [{ ...ref, fileHash, chunkListHash }] });
        return;
      }
      case 'reportFailed':
        this.#outlet.message({ type: 'failed', transfers: [{ ...effect.ref, ...effect.failure }] });
        return;
      case 'closeFile':
        return;
      default:
        exhaustive(effect);
    }
  }

  #later(work: () => SourceEvent): void {
    const life = this.#life;
    this.#world.schedule(this.#world.random() * 5, () => {
      if (life === this.#life) this.#on(work());
    });
  }

  #identity(): FileIdentity {
    return { dev: '1', ino: '1', size: this.#content.length, mtimeNs: '1', ctimeNs: '1' };
  }
}
