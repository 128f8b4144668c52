import type { ChunkFrame } from '@ferryline/engine';
import type { Logger } from 'pino';
import type { SyncedChunk } from './claim-all.ts';
import type { Appended } from './data-file.ts';
import type { HeldAttempt } from './held-attempt.ts';
import type { OpenFiles } from './open-files.ts';
import { overlapped } from './overlapped.ts';
import type { RelayDirectory } from './relay-directory.ts';
import { over } from './relay-refusal.ts';
import type { RelayRoom } from './relay-room.ts';
import { Rounds } from './rounds.ts';

/** A frame on its way to the disk; its room is taken. */
export interface Writing {
  readonly held: HeldAttempt;
  readonly frame: ChunkFrame;
  readonly bytes: Buffer;
  /** SHA-256 of the raw chunk, hexadecimal. */
  readonly digest: string;
  /** Rejected when it does not get there. */
  readonly end: PromiseWithResolvers<void>;
}

export interface FrameWriterParts {
  readonly directory: RelayDirectory;
  readonly room: RelayRoom;
  readonly openFiles: OpenFiles;
  /** Hears of every frame that is on stable storage: now it may be claimed. */
  readonly onSynced: (chunk: SyncedChunk) => void;
  readonly logger: Logger;
}

/** Appends frames to their data files, and makes them survive a crash: one sync for all that wait for the same file. */
export class FrameWriter {
  readonly #parts: FrameWriterParts;
  readonly #rounds = new Rounds<Writing>((writings) => this.#write(writings));
  #refusedFiles = 0;

  constructor(parts: FrameWriterParts) {
    this.#parts = parts;
  }

  /** Files that the disk refused, and that take no more. */
  get refusedFiles(): number {
    return this.#refusedFiles;
  }

  add(writing: Writing): void {
    this.#rounds.add(writing);
  }

  /** Every file by itself; then one sync for the names of those that were made. */
  async #write(writings: readonly Writing[]): Promise<void> {
    const { directory, onSynced } = this.#parts;
    const synced: SyncedChunk[] = [];
    const made = new Set<HeldAttempt>();
    await overlapped(
      Map.groupBy(writings, ({ held }) => held),
      async ([held, group]) => {
        const appended = await this.#append(held, group);
        if (appended?.wasMade) made.add(held);
        if (appended !== undefined) synced.push(...placed(group, appended.offset));
      },
    );
    if (made.size > 0) await directory.sync().catch((cause: unknown) => this.#giveUp(made, cause));
    for (const chunk of synced) {
      // Its own bytes are safe, but perhaps not the name of the file that they are in.
      const failure = made.has(chunk.held) ? chunk.held.file.failure : undefined;
      if (failure === undefined) onSynced(chunk);
      else chunk.end.reject(failure);
    }
  }

  /** Appends the frames of one attempt; undefined when it could not: then they have been told. */
  async #append(held: HeldAttempt, group: readonly Writing[]): Promise<Appended | undefined> {
    const { room, openFiles } = this.#parts;
    const takenBytes = group.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const before = held.file.failure;
    let appended: Appended | undefined;
    try {
      if (held.isOver) throw over(held.ref);
      const frames = group.map(({ bytes }) => bytes);
      appended = await held.file.append(frames, held.claimedBytes);
    } catch (thrown) {
      for (const { end } of group) end.reject(thrown);
      if (held.file.failure !== before) this.#noteRefusal(held, thrown);
    }
    room.settle(takenBytes, appended?.grownBytes ?? 0);
    openFiles.used(held.file);
    return appended;
  }

  /** The names of these files may not survive a crash, and a later sync would not say so (FAULTS.md P12). */
  #giveUp(made: ReadonlySet<HeldAttempt>, cause: unknown): void {
    for (const held of made) this.#noteRefusal(held, held.file.giveUp(cause));
  }

  #noteRefusal({ ref }: HeldAttempt, err: unknown): void {
    this.#refusedFiles += 1;
    this.#parts.logger.error({ ...ref, err }, "the relay's disk refused: nothing more of this attempt is stored");
  }
}

/** The frames as they lie one after the other from an offset on, as claims. */
function* placed(group: readonly Writing[], offset: number): Generator<SyncedChunk> {
  let frameOffset = offset;
  for (const { held, frame, bytes, digest, end } of group) {
    const { chunkIndex, rawLength } = frame;
    yield { held, end, claim: { ...held.name, chunkIndex, frameOffset, frameLength: bytes.length, rawLength, digest } };
    frameOffset += bytes.length;
  }
}
