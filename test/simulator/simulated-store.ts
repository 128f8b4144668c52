import { type ChunkFrame, ChunkSet, FRAME_HEADER_BYTES, type TransferRef } from '@ferryline/engine';
import { CHUNK_BYTES } from './scenario.ts';

interface Claimed {
  readonly attempt: number;
  /** Frames as they came; undefined: somebody damaged it since. */
  readonly frames: Map<number, Buffer | undefined>;
  /** Chunks of which the hub that lives now knows. */
  readonly known: Set<number>;
}

/** How much room a chunk takes. */
const FRAME_BYTES = FRAME_HEADER_BYTES + CHUNK_BYTES;

/**
 * The relay's disk with its claims, as `relay-store.ts` keeps its promises: what is claimed survives the hub, what is on its way there
 * does not.
 */
export class SimulatedStore {
  readonly quotaBytes: number;
  /** It takes nothing at present. */
  isFull = false;
  readonly #claimed = new Map<number, Claimed>();
  readonly #reserved = new Map<number, number>();
  /** How often a transfer was dropped: what was under way then comes to nothing. */
  readonly #drops = new Map<number, number>();

  /** @param chunks how many it takes; 0: there is no disk */
  constructor(chunks: number) {
    this.quotaBytes = chunks * FRAME_BYTES;
  }

  get freeBytes(): number {
    let taken = 0;
    for (const { frames } of this.#claimed.values()) taken += frames.size * FRAME_BYTES;
    for (const bytes of this.#reserved.values()) taken += bytes;
    return Math.max(0, this.quotaBytes - taken);
  }

  get isEmpty(): boolean {
    return this.#claimed.size === 0;
  }

  reserve(ref: TransferRef, bytes: number): void {
    if (bytes <= this.freeBytes) this.#reserved.set(ref.transfer, bytes);
  }

  /** Which life of what is stored of a transfer this is. */
  dropsOf(transfer: number): number {
    return this.#drops.get(transfer) ?? 0;
  }

  /** A frame is on stable storage and claimed; returns false when it cannot be. */
  claim(frame: ChunkFrame, bytes: Buffer): boolean {
    if (this.isFull) return false;
    const present = this.#claimed.get(frame.transfer);
    if (present !== undefined && present.attempt > frame.attempt) return false;
    const fresh: Claimed = { attempt: frame.attempt, frames: new Map(), known: new Set() };
    const claimed = present?.attempt === frame.attempt ? present : fresh;
    this.#claimed.set(frame.transfer, claimed);
    if (!claimed.frames.has(frame.chunkIndex)) claimed.frames.set(frame.chunkIndex, bytes);
    claimed.known.add(frame.chunkIndex);
    const reserved = this.#reserved.get(frame.transfer) ?? 0;
    this.#reserved.set(frame.transfer, Math.max(0, reserved - FRAME_BYTES));
    return true;
  }

  isClaimed(ref: TransferRef, index: number): boolean {
    const claimed = this.#claimed.get(ref.transfer);
    return claimed?.attempt === ref.attempt && claimed.frames.has(index);
  }

  /** Of which chunks of an attempt the hub knows that they are stored. */
  known(ref: TransferRef): ReadonlySet<number> {
    const claimed = this.#claimed.get(ref.transfer);
    return claimed?.attempt === ref.attempt ? claimed.known : new Set();
  }

  /** The frame as it came; undefined when it is lost: then its claim is gone too. */
  read(ref: TransferRef, index: number): Buffer | undefined {
    const claimed = this.#claimed.get(ref.transfer);
    if (claimed?.attempt !== ref.attempt) return undefined;
    const bytes = claimed.frames.get(index);
    if (bytes !== undefined) return bytes;
    claimed.frames.delete(index);
    claimed.known.delete(index);
    if (claimed.frames.size === 0) this.#claimed.delete(ref.transfer);
    return undefined;
  }

  load({ transfer, attempt }: TransferRef, totalChunks: number): ReturnType<ChunkSet['toRanges']> {
    const claimed = this.#claimed.get(transfer);
    if (claimed === undefined) return [];
    if (claimed.attempt !== attempt) {
      if (claimed.attempt < attempt) this.#claimed.delete(transfer);
      return [];
    }
    const set = new ChunkSet(totalChunks);
    for (const index of claimed.frames.keys()) {
      set.add(index);
      claimed.known.add(index);
    }
    return set.toRanges();
  }

  rest(transferIds: readonly number[]): void {
    for (const id of transferIds) this.#reserved.delete(id);
  }

  /** What is under way to the disk comes to nothing from now on. */
  beginDrop(transferIds: readonly number[]): void {
    for (const id of transferIds) {
      this.#drops.set(id, this.dropsOf(id) + 1);
      this.#reserved.delete(id);
    }
  }

  drop(transferIds: readonly number[]): void {
    for (const id of transferIds) this.#claimed.delete(id);
  }

  dropUnneeded(isNeeded: (ref: TransferRef) => boolean): void {
    for (const [transfer, { attempt }] of this.#claimed) {
      if (!isNeeded({ transfer, attempt })) this.#claimed.delete(transfer);
    }
  }

  /** The hub died: it knows of nothing, and has reserved nothing. */
  hubDied(): void {
    this.#reserved.clear();
    for (const { known } of this.#claimed.values()) known.clear();
  }

  /** Somebody damages a stored chunk. */
  damage(which: number): void {
    const chunks = [...this.#claimed.values()].flatMap(({ frames }) =>
      [...frames.keys()].map((index) => ({ frames, index })),
    );
    const chosen = chunks[which % Math.max(1, chunks.length)];
    chosen?.frames.set(chosen.index, undefined);
  }
}
