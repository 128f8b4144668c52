import { type ChunkFrame, type ChunkRanges, refOf, type TransferRef } from '@ferryline/engine';
import type { Logger } from 'pino';
import type { RelayDiskFigures } from '../../../application/metrics/hub-figures.ts';
import { FerryError } from '../../../domain/common/errors.ts';
import type { ClaimedAttempt, ClaimedFile, RelayClaim } from '../../../domain/transfer/relay-claim.ts';
import type { RelayClaimRepository } from '../../../domain/transfer/relay-claim-repository.ts';
import { claimAll, type SyncedChunk } from './claim-all.ts';
import { ClaimKeeper } from './claim-keeper.ts';
import { CLAIMED_FILES_AT_A_TIME, claimedPages } from './claimed-pages.ts';
import { DataFile } from './data-file.ts';
import { FrameWriter, type Writing } from './frame-writer.ts';
import { HeldAttempt } from './held-attempt.ts';
import { loadClaims } from './load-claims.ts';
import { OpenFiles } from './open-files.ts';
import { overlapped } from './overlapped.ts';
import { RelayDirectory } from './relay-directory.ts';
import { contradiction, notStored, over, stopping, unreadable } from './relay-refusal.ts';
import { type DiskSpace, diskSpaceOf, RelayRoom } from './relay-room.ts';
import { sweepRelay } from './relay-sweep.ts';
import { Rounds } from './rounds.ts';
import { assertIntact, digestOf } from './stored-frame.ts';

export interface RelayStoreParts {
  /** Where the data files are; made when it is missing, but not what it lies in. */
  readonly directory: string;
  readonly claims: RelayClaimRepository;
  /** How long all data files may be together. */
  readonly quotaBytes: number;
  /** The file system of the directory, unless told otherwise. */
  readonly diskSpace?: () => Promise<DiskSpace>;
  /** Never goes back. */
  readonly nowMs?: () => number;
  readonly logger: Logger;
}

/** An attempt whose claims are wanted. */
interface Loading {
  readonly held: HeldAttempt;
  readonly end: PromiseWithResolvers<void>;
}

/**
 * The relay's disk: chunks that wait for their destination, and survive the hub. A chunk is stored when its frame is on stable storage
 * and claimed in the database, in this order; what is removed loses its claim first (FAULTS.md 1.0 and 1.4). Everything that comes while
 * the disk is busy shares the next sync, and everything that was synced shares a transaction.
 *
 * Only what is under way is in memory. Whoever asks for an attempt that is not has it loaded; it stays until it rests or is dropped.
 */
export class RelayStore {
  readonly #parts: RelayStoreParts;
  readonly #directory: RelayDirectory;
  readonly #room: RelayRoom;
  readonly #keeper: ClaimKeeper;
  readonly #openFiles = new OpenFiles();
  readonly #writer: FrameWriter;
  /** By transfer: at most one attempt of each. */
  readonly #held = new Map<number, HeldAttempt>();
  /** By transfer: what is being removed. */
  readonly #dropping = new Map<number, Promise<void>>();
  readonly #loads = new Rounds<Loading>((loads) => this.#load(loads));
  readonly #claimings = new Rounds<SyncedChunk>((chunks) => claimAll(this.#keeper, chunks));
  readonly #unneeded = new Rounds<PromiseWithResolvers<void>>((ends) => this.#dropUnneeded(ends));
  #lostChunks = 0;
  #isClosed = false;

  private constructor(parts: RelayStoreParts, directory: RelayDirectory, room: RelayRoom) {
    this.#parts = parts;
    this.#directory = directory;
    this.#room = room;
    this.#keeper = new ClaimKeeper(parts);
    const { logger } = parts;
    const onSynced = (chunk: SyncedChunk): void => this.#claimings.add(chunk);
    this.#writer = new FrameWriter({ directory, room, openFiles: this.#openFiles, onSynced, logger });
  }

  /**
   * Opens the store and removes what an earlier life of the hub left over; one at a time on a directory.
   *
   * @throws FerryError INTERNAL when the directory cannot be used; what the database throws.
   */
  static async open(parts: RelayStoreParts): Promise<RelayStore> {
    const directory = await RelayDirectory.open(parts.directory);
    const usedBytes = await sweepRelay({ ...parts, directory });
    const { quotaBytes, diskSpace = () => diskSpaceOf(directory.path), nowMs = () => performance.now() } = parts;
    return new RelayStore(parts, directory, await RelayRoom.open({ quotaBytes, usedBytes, diskSpace, nowMs }));
  }

  /** How long the data files are together; what others did to them is seen at the next start. */
  get usedBytes(): number {
    return this.#room.usedBytes;
  }

  get reservedBytes(): number {
    return this.#room.reservedBytes;
  }

  /** What may be reserved now: neither stored nor reserved, within the quota and what the disk has. */
  get freeBytes(): number {
    return this.#room.freeBytes;
  }

  get quotaBytes(): number {
    return this.#parts.quotaBytes;
  }

  get figures(): RelayDiskFigures {
    return {
      usedBytes: this.usedBytes,
      reservedBytes: this.reservedBytes,
      quotaBytes: this.quotaBytes,
      lostChunks: this.#lostChunks,
      refusedFiles: this.#writer.refusedFiles,
    };
  }

  /**
   * Reserves room for that many bytes more of an attempt, headers included, instead of what was reserved for its transfer. It is used up
   * by what is stored, and given back when the transfer rests or is dropped. False, and nothing changed, when the quota or the disk has
   * no room.
   */
  reserve(ref: TransferRef, bytes: number): boolean {
    return this.#room.reserve(ref, bytes);
  }

  /**
   * Stores a whole chunk frame as it came, whose CRC-32s were checked. Resolves when it is on stable storage and claimed. The same chunk
   * again resolves without another write. `bytes` may not change until then.
   *
   * @throws FerryError NO_SPACE when the quota or the disk has no room; PROTOCOL when another chunk stands under this index; NOT_FOUND
   * when the transfer is not in the database; CANCELLED when the attempt was dropped, a newer one is under way, or the hub stops; INTERNAL
   * when the disk refuses: as long as the attempt is in memory nothing more of it is stored, and what was stored stays.
   */
  async append(frame: ChunkFrame, bytes: Buffer): Promise<void> {
    await this.#using(refOf(frame), async (held) => {
      await held.removing.get(frame.chunkIndex);
      const digest = digestOf(frame);
      const storing = held.storing.get(frame.chunkIndex);
      const known = held.claims.get(frame.chunkIndex) ?? storing;
      if (known === undefined) return this.#store(held, frame, bytes, digest);
      if (known.digest !== digest) throw contradiction(held.ref, frame.chunkIndex);
      return storing?.stored;
    });
  }

  /**
   * Reads a stored frame back, and checks that it is what was stored. One that is not loses its claim before this rejects: it can be
   * stored again.
   *
   * @throws FerryError NOT_FOUND when it is not stored, or its file is gone; CHUNK_CORRUPT when it is damaged; INTERNAL when the file
   * cannot be opened now: then its claim stays.
   */
  read(ref: TransferRef, index: number): Promise<Buffer> {
    return this.#using(ref, async (held) => {
      await held.removing.get(index);
      const claim = held.claims.get(index);
      if (claim === undefined) throw notStored(ref, index);
      try {
        return await this.#readClaimed(held, claim);
      } catch (thrown) {
        // What is being dropped may be gone under whoever reads it.
        if (held.isOver) throw over(ref);
        const isLost = thrown instanceof FerryError && (thrown.code === 'CHUNK_CORRUPT' || thrown.code === 'NOT_FOUND');
        if (isLost) await this.#removeClaim(held, claim, thrown);
        throw thrown;
      }
    });
  }

  /**
   * What is stored of these attempts, by transfer, as ranges of chunks; those of which something is stored are in memory from now on.
   * What is stored of other attempts of these transfers is removed.
   *
   * @throws FerryError CANCELLED when a newer attempt of one of them is under way.
   */
  async load(refs: readonly TransferRef[]): Promise<ReadonlyMap<number, ChunkRanges>> {
    const ids = refs.map(({ transfer }) => transfer);
    const claimed = new Set(
      (await this.#keeper.ask((claims) => claims.listAttempts(ids))).map((each) => each.transferId),
    );
    // Of most transfers nothing is stored: they cost one question, and no memory.
    const present = refs.filter(({ transfer }) => claimed.has(transfer) || this.#held.has(transfer));
    const loaded = present.map((ref) => this.#using(ref, async (held) => [ref.transfer, held.ranges()] as const));
    const stored = new Map(await Promise.all(loaded));
    return new Map(ids.map((id) => [id, stored.get(id) ?? []]));
  }

  /** These transfers leave memory when nothing of them is under way here; what is stored of them stays. */
  rest(transferIds: readonly number[]): void {
    for (const id of transferIds) {
      const held = this.#held.get(id);
      this.#room.release(id);
      if (held === undefined) continue;
      held.isResting = true;
      this.#forgetIfIdle(held);
    }
  }

  /** Nobody needs what is stored of these transfers: claims go, then files. What is being stored of them ends with CANCELLED. */
  drop(transferIds: readonly number[]): Promise<void> {
    return this.#removing(transferIds, (earlier) => this.#drop(transferIds, earlier));
  }

  /**
   * Removes what is stored of transfers that are not in memory and have ended in the database, such as those that somebody cancelled.
   * Whoever asks while this is under way is served by the next one.
   */
  dropUnneeded(): Promise<void> {
    const end = Promise.withResolvers<void>();
    this.#unneeded.add(end);
    return end.promise;
  }

  /** Ends what is under way, and lets go of every file; nothing is taken any more. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#keeper.close();
    await Promise.allSettled([...Array.from(this.#held.values(), ended), ...this.#dropping.values()]);
    for (const held of this.#held.values()) held.file.close();
  }

  /** Does the work with an attempt that is in memory, and stays there until the work is done. */
  async #using<T>(ref: TransferRef, work: (held: HeldAttempt) => Promise<T>): Promise<T> {
    const held = await this.#hold(ref);
    try {
      await held.loaded;
      if (this.#isClosed) throw stopping();
      if (held.isOver) throw over(ref);
      return await work(held);
    } finally {
      held.users -= 1;
      this.#forgetIfIdle(held);
    }
  }

  async #hold(ref: TransferRef): Promise<HeldAttempt> {
    for (;;) {
      if (this.#isClosed) throw stopping();
      const dropping = this.#dropping.get(ref.transfer);
      if (dropping !== undefined) {
        await dropping;
        continue;
      }
      const held = this.#held.get(ref.transfer) ?? this.#begin(ref);
      if (held.ref.attempt > ref.attempt) throw over(ref);
      if (held.ref.attempt === ref.attempt) {
        // Before anything else can happen: who is at work with it keeps it in memory.
        held.users += 1;
        held.isResting = false;
        return held;
      }
      await this.drop([ref.transfer]);
    }
  }

  #begin(ref: TransferRef): HeldAttempt {
    const end = Promise.withResolvers<void>();
    const file = new DataFile(this.#directory.pathOf({ transferId: ref.transfer, attempt: ref.attempt }));
    const held = new HeldAttempt(ref, file, end.promise);
    this.#held.set(ref.transfer, held);
    this.#loads.add({ held, end });
    return held;
  }

  async #load(loads: readonly Loading[]): Promise<void> {
    try {
      const others = await loadClaims(
        this.#keeper,
        loads.map(({ held }) => held),
      );
      await this.#removeFiles(others);
      for (const { end } of loads) end.resolve();
    } catch (thrown) {
      for (const { held, end } of loads) {
        if (this.#held.get(held.ref.transfer) === held) this.#held.delete(held.ref.transfer);
        end.reject(thrown);
      }
    }
  }

  #store(held: HeldAttempt, frame: ChunkFrame, bytes: Buffer, digest: string): Promise<void> {
    const stored = this.#takeAndWrite({ held, frame, bytes, digest }).finally(() =>
      held.storing.delete(frame.chunkIndex),
    );
    held.storing.set(frame.chunkIndex, { digest, stored });
    return stored;
  }

  async #takeAndWrite(chunk: Omit<Writing, 'end'>): Promise<void> {
    await this.#room.take(chunk.held.ref, chunk.bytes.length);
    const end = Promise.withResolvers<void>();
    this.#writer.add({ ...chunk, end });
    await end.promise;
  }

  async #readClaimed({ file, ref }: HeldAttempt, claim: RelayClaim): Promise<Buffer> {
    try {
      const bytes = await file.read(claim.frameOffset, claim.frameLength);
      assertIntact(bytes, claim);
      return bytes;
    } catch (thrown) {
      throw thrown instanceof FerryError ? thrown : unreadable(ref, claim.chunkIndex, thrown);
    } finally {
      this.#openFiles.used(file);
    }
  }

  async #removeClaim(held: HeldAttempt, claim: RelayClaim, err: unknown): Promise<void> {
    const index = claim.chunkIndex;
    // Another reader may have found the same.
    if (held.claims.get(index) !== claim) return held.removing.get(index);
    this.#lostChunks += 1;
    this.#parts.logger.warn({ ...held.ref, chunk: index, err }, 'a stored chunk is lost: it has to be sent again');
    held.claims.delete(index);
    const removed = this.#keeper.ask((claims) => claims.delete(claim)).finally(() => held.removing.delete(index));
    held.removing.set(index, removed);
    await removed;
  }

  /** Whoever wants one of these transfers waits until the work is done. */
  #removing(transferIds: readonly number[], work: (earlier: readonly Promise<void>[]) => Promise<void>): Promise<void> {
    const removed = work(transferIds.flatMap((id) => this.#dropping.get(id) ?? [])).finally(() => {
      for (const id of transferIds) if (this.#dropping.get(id) === removed) this.#dropping.delete(id);
    });
    for (const id of transferIds) this.#dropping.set(id, removed);
    return removed;
  }

  async #dropUnneeded(ends: readonly PromiseWithResolvers<void>[]): Promise<void> {
    const list = (after: ClaimedFile | undefined): Promise<readonly ClaimedFile[]> =>
      this.#keeper.ask((claims) => claims.listFiles(after, CLAIMED_FILES_AT_A_TIME));
    try {
      for await (const page of claimedPages(list)) {
        const over = page.filter(({ transferId, hasEnded }) => hasEnded && !this.#held.has(transferId));
        if (over.length > 0) await this.#removeEnded(over);
      }
      for (const end of ends) end.resolve();
    } catch (thrown) {
      for (const end of ends) end.reject(thrown);
    }
  }

  /** By attempt, and not by transfer: it may be tried again meanwhile, in its next one. */
  #removeEnded(files: readonly ClaimedFile[]): Promise<void> {
    return this.#removing(
      files.map(({ transferId }) => transferId),
      async (earlier) => {
        await Promise.allSettled(earlier);
        await this.#keeper.ask((claims) => claims.deleteAttempts(files));
        await this.#removeFiles(files);
      },
    );
  }

  async #drop(transferIds: readonly number[], earlier: readonly Promise<void>[]): Promise<void> {
    const helds = transferIds.flatMap((id) => this.#held.get(id) ?? []);
    for (const held of helds) {
      held.isOver = true;
      this.#held.delete(held.ref.transfer);
    }
    for (const id of transferIds) this.#room.release(id);
    await Promise.allSettled(earlier);
    // What is between the disk and the database would be claimed after its claims were removed.
    await Promise.all(helds.map(ended));
    const claimed = await this.#keeper.ask((claims) => claims.deleteTransfers(transferIds));
    for (const { file } of helds) file.close();
    const files = [...claimed, ...helds.map(({ name }) => name)];
    await this.#removeFiles(new Map(files.map((file) => [this.#directory.pathOf(file), file])).values());
  }

  /** A file that cannot be removed has no claim any more, and goes at the next start. */
  async #removeFiles(files: Iterable<ClaimedAttempt>): Promise<void> {
    await overlapped(files, async (file) => {
      try {
        this.#room.freed(await this.#directory.remove(file));
      } catch (err) {
        this.#parts.logger.warn({ ...file, err }, 'a data file of the relay cannot be removed now');
      }
    });
  }

  #forgetIfIdle(held: HeldAttempt): void {
    const id = held.ref.transfer;
    if (!held.isResting || held.users > 0 || this.#held.get(id) !== held) return;
    if (held.claims.size === 0 && held.file.mayExist) {
      // Nobody would find the file again.
      this.drop([id]).catch((err: unknown) => this.#parts.logger.error({ ...held.ref, err }, 'nothing was dropped'));
      return;
    }
    this.#held.delete(id);
    held.file.close();
  }
}

/** Resolves when what is under way of an attempt has ended, in whatever way. */
async function ended({ loaded, storing, removing }: HeldAttempt): Promise<void> {
  const stored = Array.from(storing.values(), (each) => each.stored);
  await Promise.allSettled([loaded, ...stored, ...removing.values()]);
}
