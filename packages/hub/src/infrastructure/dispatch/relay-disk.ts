import { exhaustive, FerryError, type TransferRef } from '@ferryline/engine';
import type { Logger } from 'pino';
import type { HubEffect } from '../engine/state/effects.ts';
import type { HubEvent } from '../engine/state/events.ts';
import type { ChunkStore } from './chunk-store.ts';

type DiskEffectType = 'reserveRoom' | 'storeFrame' | 'readStored' | 'restStored' | 'dropStored' | 'sweepStored';
export type DiskEffect = Extract<HubEffect, { readonly type: DiskEffectType }>;

/** What was cancelled is swept up this much later, with all that was cancelled meanwhile. */
const SWEEP_DELAY_MS = 1_000;
/** A chunk that cannot be read at this moment is tried again so much later, until it can be or is lost. */
const READ_AGAIN_MS = 1_000;

export interface RelayDiskParts {
  readonly store: ChunkStore;
  readonly dispatch: (event: HubEvent) => void;
  readonly logger: Logger;
}

/** Carries out what the core wants of the relay's disk, and tells it what came of that. */
export class RelayDisk {
  readonly #parts: RelayDiskParts;
  #sweep: NodeJS.Timeout | undefined;
  readonly #readings = new Set<NodeJS.Timeout>();

  constructor(parts: RelayDiskParts) {
    this.#parts = parts;
  }

  carryOut(effect: DiskEffect): void {
    const { store } = this.#parts;
    switch (effect.type) {
      case 'reserveRoom':
        // Without it the chunks may find no room one by one, which is dealt with.
        store.reserve(effect.ref, effect.bytes);
        return;
      case 'storeFrame':
        this.#store(effect);
        return;
      case 'readStored':
        this.#read(effect.ref, effect.index);
        return;
      case 'restStored':
        store.rest(effect.transferIds);
        return;
      case 'dropStored':
        this.#noting(store.drop(effect.transferIds));
        return;
      case 'sweepStored':
        this.#sweep ??= setTimeout(() => {
          this.#sweep = undefined;
          this.#noting(store.dropUnneeded());
        }, SWEEP_DELAY_MS).unref();
        return;
      default:
        exhaustive(effect);
    }
  }

  /** Nothing more is begun. */
  close(): void {
    clearTimeout(this.#sweep);
    for (const reading of this.#readings) clearTimeout(reading);
  }

  #store({ frame, bytes }: Extract<DiskEffect, { readonly type: 'storeFrame' }>): void {
    const { store, dispatch, logger } = this.#parts;
    const { transfer, chunkIndex: chunk } = frame;
    store.append(frame, bytes).then(
      () => dispatch({ type: 'chunkStored', frame }),
      (thrown: unknown) => {
        const { code } = FerryError.from(thrown);
        // What was dropped meanwhile is wanted by nobody.
        if (code !== 'CANCELLED') logger.warn({ transfer, chunk, err: thrown }, 'a chunk could not be stored');
        dispatch({ type: 'chunkNotStored', frame, bytes, isContradiction: code === 'PROTOCOL' });
      },
    );
  }

  #read(ref: TransferRef, index: number): void {
    const { store, dispatch, logger } = this.#parts;
    store.read(ref, index).then(
      (bytes) => dispatch({ type: 'storedChunkRead', ref, index, bytes }),
      (thrown: unknown) => {
        const { code } = FerryError.from(thrown);
        if (code === 'CANCELLED') return;
        if (code === 'NOT_FOUND' || code === 'CHUNK_CORRUPT') {
          dispatch({ type: 'storedChunkLost', ref, index });
          return;
        }
        logger.warn({ ...ref, chunk: index, err: thrown }, 'a stored chunk cannot be read now; trying again');
        const again = setTimeout(() => {
          this.#readings.delete(again);
          this.#read(ref, index);
        }, READ_AGAIN_MS).unref();
        this.#readings.add(again);
      },
    );
  }

  /** What could not be removed goes at the next start. */
  #noting(work: Promise<void>): void {
    work.catch((err: unknown) => this.#parts.logger.error({ err }, "the relay's disk could not be cleared"));
  }
}
