import { type ChunkRanges, ChunkSet, DigestList, FerryError, keyOf, refOf, type TransferRef } from '@ferryline/engine';
import type { Logger } from 'pino';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import type { ReceivePlan } from './core/events.ts';
import { FileWriting } from './file-writing.ts';
import type { DestinationJournal } from './journal/destination-journal.ts';
import type { JournalEntry } from './journal/journal-image.ts';
import { heldRecord } from './journal/journal-record.ts';
import { OrphanSweep } from './orphan-sweep.ts';
import { PartialFile } from './partial-file.ts';
import { isStillPublished } from './published-file.ts';

/**
 * The files that a destination writes, each with what the journal remembers of it. A partial file is in the journal before it is on the
 * disk, and leaves the disk for good before it leaves the journal: none is left that nobody knows of, unless the journal itself is lost, or
 * the record of its making in a power cut.
 */
export class Writings {
  readonly #tree: DirectoryTree;
  readonly #journal: DestinationJournal;
  readonly #logger: Logger;
  readonly #open = new Map<string, FileWriting>();
  /** Partial files that are being removed, or left: one of the same name is made, or taken up again, only then. */
  readonly #partings = new Map<string, Promise<void>>();
  readonly #orphans: OrphanSweep;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(tree: DirectoryTree, journal: DestinationJournal, logger: Logger) {
    this.#tree = tree;
    this.#journal = journal;
    this.#logger = logger;
    this.#orphans = new OrphanSweep(tree, logger);
  }

  find(ref: TransferRef): FileWriting | undefined {
    return this.#open.get(keyOf(ref));
  }

  /** @throws FerryError INTERNAL for one that is not being written. */
  get(ref: TransferRef): FileWriting {
    const writing = this.find(ref);
    if (writing === undefined) throw new FerryError('INTERNAL', `Transfer ${ref.transfer} is not being written here.`);
    return writing;
  }

  /** Makes a partial file. @throws what `PartialFile.create` throws. */
  async open(plan: ReceivePlan, totalChunks: number): Promise<void> {
    await this.#begin(plan, this.#create(plan, this.#partingOf(plan)), new DigestList(totalChunks)).opened();
  }

  /**
   * Takes up the partial file that was left, by this life or an earlier one, or makes one where there is none.
   *
   * @returns the chunks in it that are what they should be; `published` when the file was put in its place already and, once that is
   *   settled, still stands there
   * @throws what `PartialFile.reopen`, `isStillPublished` and `PartialFile.create` throw; FerryError NO_SPACE, with what is left as it is,
   *   when the rest does not fit.
   */
  async reopen(plan: ReceivePlan, totalChunks: number, worked: () => void): Promise<ChunkRanges | 'published'> {
    const entry = this.#journal.entry(plan);
    // Of now: one that begins later is of this file, and waits until it is opened.
    const parting = this.#partingOf(plan);
    const left = this.#findLeft(plan, entry, parting);
    const partial = left.then((found) => {
      if (found === 'published') throw new FerryError('CANCELLED', 'It is published already.');
      return found ?? this.#create(plan, parting);
    });
    const writing = this.#begin(plan, partial, entry?.digests ?? new DigestList(totalChunks));
    const found = await left;
    if (found === 'published') {
      this.#open.delete(keyOf(plan));
      return found;
    }
    await writing.opened();
    if (found === undefined || entry === undefined) return [];
    return this.#verify(writing, entry, worked);
  }

  /** Puts a file in its place. With the intent on stable storage, a partial file that is gone says that it is there. */
  async publish(ref: TransferRef): Promise<void> {
    await this.get(ref).publish();
    this.#open.delete(keyOf(ref));
  }

  /** Removes a partial file, open or left by an earlier life, and what is remembered of it. */
  remove(ref: TransferRef): void {
    const key = keyOf(ref);
    const writing = this.#giveUp(key);
    this.#part(key, this.#remove(ref, writing, this.#partings.get(key)), 'a partial file could not be removed');
  }

  /** Closes a partial file, and keeps of it what is remembered. */
  leave(ref: TransferRef): void {
    const key = keyOf(ref);
    const writing = this.#giveUp(key);
    if (writing === undefined) return;
    const held = this.#journal.entry(ref)?.held;
    // It was asked for just now, and may be for weeks.
    void this.#journal.write(heldRecord(ref, [], writing.digests));
    this.#part(key, writing.leave(held), 'a partial file could not be left');
  }

  /** Removes partial files, where this life writes, that nobody remembers and nobody touched since that moment (milliseconds since 1970). */
  removeOrphans(untilMs: number): void {
    const isKnown = (ref: TransferRef): boolean => this.#journal.entry(ref) !== undefined;
    this.#sweeping = this.#sweeping.then(() => this.#orphans.sweep({ isKnown, untilMs }));
  }

  /** Resolves when no partial file is being removed any more. */
  async removed(): Promise<void> {
    await Promise.all([...this.#partings.values(), this.#sweeping]);
  }

  /** Leaves every partial file as it is, for another life of this agent; resolves when none is in use any more. */
  async leaveAll(): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map((writing) => writing.leave()));
    await this.removed();
  }

  #begin(plan: ReceivePlan, partial: Promise<PartialFile>, digests: DigestList): FileWriting {
    const writing = new FileWriting(partial, plan, digests);
    this.#orphans.note(plan.path);
    this.#open.set(keyOf(plan), writing);
    return writing;
  }

  /**
   * What was settled counts only together with its file: a hub whose database was set back may give the number to a new copy of the same
   * file, made because somebody took that away.
   */
  async #findLeft(
    plan: ReceivePlan,
    entry: JournalEntry | undefined,
    after: Promise<void> | undefined,
  ): Promise<PartialFile | 'published' | undefined> {
    const settled = this.#journal.settledEntry(plan);
    await after;
    if (settled === undefined) {
      const heldBytes = Math.min(plan.size, (entry?.held.count ?? 0) * plan.chunkSize);
      return PartialFile.reopen(this.#tree, plan, { wasIntended: entry?.stage === 'publishing', heldBytes });
    }
    return (await isStillPublished(this.#tree, plan, settled.file)) ? 'published' : undefined;
  }

  /** What comes of work that is under way for it is not heard any more. */
  #giveUp(key: string): FileWriting | undefined {
    const writing = this.#open.get(key);
    if (writing !== undefined) writing.isGivenUp = true;
    this.#open.delete(key);
    return writing;
  }

  #part(key: string, work: Promise<void>, whenFailed: string): void {
    const parting = work
      .catch((cause: unknown) => this.#logger.warn({ attempt: key, cause }, whenFailed))
      .finally(() => {
        if (this.#partings.get(key) === parting) this.#partings.delete(key);
      });
    this.#partings.set(key, parting);
  }

  /** What removes, or leaves, an earlier partial file of that name, if anything does. */
  #partingOf(plan: ReceivePlan): Promise<void> | undefined {
    return this.#partings.get(keyOf(plan));
  }

  async #create(plan: ReceivePlan, after: Promise<void> | undefined): Promise<PartialFile> {
    await after;
    await this.#journal.write({ type: 'opened', plan, atMs: Date.now() });
    return PartialFile.create(this.#tree, plan);
  }

  /** What the journal claims and the file does not prove is not claimed again; neither is an intent that was not carried out. */
  async #verify(
    writing: FileWriting,
    { plan, held: claimed, stage }: JournalEntry,
    worked: () => void,
  ): Promise<ChunkRanges> {
    const held = await writing.verify(claimed, worked);
    const verified = ChunkSet.fromRanges(claimed.total, held);
    if (stage === 'publishing' || verified.count < claimed.count) {
      void this.#journal.write({ type: 'opened', plan, atMs: Date.now() });
      await this.#journal.commit(heldRecord(plan, verified.indices(), writing.digests));
    }
    return held;
  }

  async #remove(ref: TransferRef, writing: FileWriting | undefined, after: Promise<void> | undefined): Promise<void> {
    await after;
    await writing?.opened().catch(() => undefined);
    const entry = this.#journal.entry(ref);
    if (entry === undefined) {
      // Settled once, offered again and given up before the published file was found: there is no partial file.
      if (this.#journal.settledEntry(ref) !== undefined)
        await this.#journal.write({ type: 'forgotten', ...refOf(ref) });
      return;
    }
    await this.#announceRemoval(entry).catch(async (thrown: unknown) => {
      await writing?.leave(entry.held);
      throw thrown;
    });
    await writing?.discard();
    await PartialFile.remove(this.#tree, entry.plan);
    await this.#journal.write({ type: 'forgotten', ...refOf(ref) });
  }

  /**
   * Where an intent to publish is recorded, a partial file that is gone would mean that it was published: then that it is being removed
   * has to be on stable storage first. Else that may wait, because it is the disk that may be full.
   */
  async #announceRemoval({ plan, stage }: JournalEntry): Promise<void> {
    const record = { type: 'discarding', ...refOf(plan) } as const;
    await (stage === 'publishing' ? this.#journal.commit(record) : this.#journal.write(record));
  }
}
