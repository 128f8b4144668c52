import {
  type ChunkFrame,
  ChunkSet,
  DIGEST_BYTES,
  DigestList,
  encodeAckFrame,
  encodeNackFrame,
  exhaustive,
  FerryError,
  type HubMessage,
  hashChunk,
  keyOf,
  refOf,
  type TransferRef,
} from '@ferryline/engine';
import { stepDestination } from '../../packages/agent/src/destination/core/destination-core.ts';
import type {
  DestinationEffect,
  DestinationEvent,
  ReceivePlan,
} from '../../packages/agent/src/destination/core/events.ts';
import { initialDestinationState } from '../../packages/agent/src/destination/core/state.ts';
import {
  heldRecord,
  type JournalRecord,
  publishingRecord,
} from '../../packages/agent/src/destination/journal/journal-record.ts';
import { remembered } from '../../packages/agent/src/destination/journal/remembered.ts';
import type { PublishedFile } from '../../packages/agent/src/destination/published-file.ts';
import type { AgentOutlet } from './agent-outlet.ts';
import type { Ledger } from './ledger.ts';
import { finalName, partialName } from './names.ts';
import { DiskError, type Inode, SimulatedDisk } from './simulated-disk.ts';
import { SimulatedJournal } from './simulated-journal.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';
import { promised } from './violation.ts';

type Effect = DestinationEffect<ChunkFrame>;
type Event = DestinationEvent<ChunkFrame>;

/** A file while it is written. */
interface Writing {
  readonly plan: ReceivePlan;
  readonly digests: DigestList;
  /** Undefined while it is being made. */
  inode: Inode | undefined;
  /** It is being removed: what comes of work that was under way for it is not about another one of its name. */
  isGivenUp: boolean;
  /** What waits for it to be made, or found not to be; undefined when that is known. */
  waiting: (() => void)[] | undefined;
}

/** A partial file while it is removed, or left, and what is to be done then. */
interface Parting {
  isDone: boolean;
  readonly waiting: (() => void)[];
}

/**
 * The real destination core on a disk that forgets, carried out as `destination.ts`, `writings.ts` and `partial-file.ts` do. It looks
 * at each step whether what the promises say holds by then.
 */
export class SimulatedDestination {
  readonly disk: SimulatedDisk;
  readonly journal: SimulatedJournal;
  readonly #simulation: Simulation;
  readonly #process: SimulatedProcess;
  readonly #ledger: Ledger;
  readonly #outlet: AgentOutlet;
  #state = initialDestinationState();
  #writings = new Map<string, Writing>();
  /** By key, what waits for a partial file of that name to be gone, or left. */
  #partings = new Map<string, Parting>();
  #journalFreeAtMs = 0;
  /** Removals that could not be announced: the partial file stays until the next life. */
  failedRemovals = 0;
  /** Partial files of which no journal knows. */
  readonly orphans = new Set<string>();
  /** What was reopened by this life, and recorded anew. */
  #rewritten: TransferRef[] = [];
  readonly #saidFinished = new Set<string>();
  /** What each published file was to be. */
  readonly #plans = new Map<Inode, ReceivePlan>();

  constructor(simulation: Simulation, process: SimulatedProcess, ledger: Ledger, outlet: AgentOutlet) {
    this.#simulation = simulation;
    this.#process = process;
    this.#ledger = ledger;
    this.#outlet = outlet;
    this.disk = new SimulatedDisk(simulation.world);
    this.journal = new SimulatedJournal(simulation.world, this.disk);
  }

  /** Whether nothing is left of any transfer. */
  get hasForgotten(): boolean {
    const { transfers, recovered, receipts } = this.#state;
    return transfers.size + recovered.size + receipts.size + this.#partings.size + this.#writings.size === 0;
  }

  /** The whole files that stand on the disk. */
  get standing(): readonly { readonly name: string; readonly sizeBytes: number; readonly mtimeNs: string }[] {
    return [...this.disk.names].flatMap(([name, inode]) => {
      const plan = this.#plans.get(inode);
      return plan === undefined || name.startsWith('.') ? [] : [{ name, sizeBytes: plan.size, mtimeNs: plan.mtimeNs }];
    });
  }

  /** The process, or the whole machine, is dead: what does the disk have? */
  die(how: 'killed' | 'powerCut'): void {
    const { sightings, world } = this.#simulation;
    this.#writings = new Map();
    this.#partings = new Map();
    this.failedRemovals = 0;
    const recordsLost = this.journal.restart(how);
    // A power cut may leave the first of the two records with which a reopened file begins anew, and lose what it holds with the second.
    if (how === 'powerCut') for (const ref of this.#rewritten) this.#ledger.discarded(ref);
    this.#rewritten = [];
    if (how === 'killed') {
      this.#noteOrphans(recordsLost > 0);
      return;
    }
    const unsynced = this.#ledger.unsynced();
    const { chunksTorn } = this.disk.cutPower();
    const { back, survived } = this.#ledger.powerWasCut(this.disk.names, unsynced);
    world.note(`${this.#process.name} lost ${recordsLost} records, ${chunksTorn} chunks, ${back} renames`);
    if (recordsLost > 0) sightings.saw('records of the journal were lost in a power cut');
    if (chunksTorn > 0) sightings.saw('a chunk was torn in a power cut');
    if (back > 0) sightings.saw('a rename was taken back by a power cut');
    if (survived > 0) sightings.saw('a rename survived a power cut without its sync');
    this.#noteOrphans(recordsLost > 0);
  }

  /**
   * A partial file that is not in the journal: the record of its making was lost. Nobody removes it here, unless the same attempt is
   * received again; the agent finds it by its name when it has been left alone for long enough.
   */
  #noteOrphans(isPossible: boolean): void {
    const known = new Set(this.journal.image.entries.map(({ plan }) => partialName(plan)));
    for (const name of this.disk.names.keys()) {
      if (!name.startsWith('.') || known.has(name) || this.orphans.has(name)) continue;
      promised('L1', isPossible, () => `${name} is on the disk, and in no journal`);
      this.#simulation.sightings.saw('a partial file was left of which nobody knows');
      this.orphans.add(name);
    }
  }

  /** A new life begins with what the journal remembers. */
  start(): void {
    const { recovered, over } = remembered(this.journal.image.entries);
    const settled = this.journal.image.settled.map(({ plan }) => plan);
    this.#state = initialDestinationState(recovered, settled);
    this.#journalFreeAtMs = 0;
    for (const ref of over) this.#remove(ref);
  }

  /** Somebody takes a published file away. */
  consume(which: number): void {
    const names = this.standing.map(({ name }) => name);
    const name = names[which % names.length];
    const inode = name === undefined ? undefined : this.disk.names.get(name);
    if (name === undefined || inode === undefined) return;
    const { sightings } = this.#simulation;
    if (!inode.durableAs.has(name)) sightings.saw('a published file was consumed before its directory was synced');
    if (this.#state.transfers.size + this.#state.receipts.size > 0) {
      sightings.saw('a published file was consumed before it was settled');
    }
    // Between its link and the removal of its hidden name nothing tells a file that was taken away from one that was never there.
    const plan = this.#plans.get(inode);
    if (plan !== undefined && this.disk.names.has(partialName(plan))) this.#ledger.mayPublishAgain(plan.transfer);
    this.disk.remove(name);
  }

  /** Somebody changes a stored chunk of a partial file, while nobody uses it. */
  tamper(which: number): void {
    const entries = this.journal.image.entries.filter(({ held }) => held.count > 0);
    const entry = entries[which % entries.length];
    const inode = entry && this.disk.names.get(partialName(entry.plan));
    const index = entry && [...entry.held.indices()][which % entry.held.count];
    if (entry === undefined || inode === undefined || index === undefined || this.#plans.has(inode)) return;
    const bytes = Buffer.from(inode.chunks.get(index) ?? Buffer.alloc(1));
    bytes[0] = (bytes[0] ?? 0) ^ 0xff;
    inode.chunks.set(index, bytes);
    inode.durable.set(index, bytes);
    this.#ledger.damaged(entry.plan, index);
  }

  holds(): readonly TransferRef[] {
    const { transfers, recovered, receipts } = this.#state;
    const plans = [...[...transfers.values()].map(({ plan }) => plan), ...recovered.values(), ...receipts.values()];
    return plans.map(refOf);
  }

  sessionLost(): void {
    if (this.#simulation.mutant === 'a published file is forgotten when the session is lost') {
      this.#state.receipts.clear();
    }
  }

  onMessage(message: HubMessage): void {
    if (message.type === 'receive') this.#on({ type: 'receiveRequested', transfers: message.transfers });
    if (message.type === 'settled') this.#on({ type: 'settled', refs: message.transfers });
    if (message.type === 'cancel') {
      if (this.#simulation.mutant === 'a cancellation is not heard by a destination') return;
      for (const ref of message.transfers) {
        const phase = this.#state.transfers.get(ref.transfer)?.phase;
        // The hub may say so before it has recorded why, and forget it: then the same attempt begins anew.
        this.#ledger.discarded(ref);
        if (phase === 'publishing') this.#simulation.sightings.saw('a transfer was cancelled while it was published');
      }
      this.#on({ type: 'cancelled', refs: message.transfers });
    }
    if (message.type === 'finish') {
      for (const { transfer, attempt, ...proof } of message.transfers) {
        this.#on({ type: 'finishRequested', ref: { transfer, attempt }, proof });
      }
    }
  }

  onChunk(frame: ChunkFrame): void {
    const { sightings, mutant } = this.#simulation;
    const present = this.#state.transfers.get(frame.transfer)?.plan.attempt ?? frame.attempt;
    const attempt = mutant === 'frames of every attempt are taken' ? present : frame.attempt;
    const ref = { transfer: frame.transfer, attempt };
    if (this.#ledger.isAcknowledged(ref, frame.chunkIndex)) {
      sightings.saw('a chunk came twice');
      this.#ledger.repeats += 1;
    }
    this.#on({
      type: 'chunkArrived',
      chunk: { ref, index: frame.chunkIndex, rawLength: frame.rawLength },
      payload: frame,
    });
  }

  #on(event: Event): void {
    this.#simulation.world.note(`${this.#process.name} ${noteOf(event)}`);
    for (const effect of stepDestination(this.#state, event).effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    const { sightings, mutant } = this.#simulation;
    switch (effect.type) {
      case 'openPartial':
        this.#create(
          this.#begin(effect.plan, new DigestList(effect.totalChunks)),
          this.#partings.get(keyOf(effect.plan)),
          () => ({ type: 'partialOpened', ref: refOf(effect.plan) }),
        );
        return;
      case 'reopenPartial':
        this.#reopen(effect.plan, effect.totalChunks);
        return;
      case 'writeChunk':
        this.#write(effect);
        return;
      case 'syncPartial':
      case 'sealPartial':
        this.#sync(effect.ref, effect.type === 'syncPartial' ? 'partialSynced' : 'partialSealed');
        return;
      case 'recordHeld': {
        const { ref, indices } = effect;
        const writing = this.#get(ref);
        this.#commit(ref, () => heldRecord(ref, indices, writing.digests, 0), {
          type: 'heldRecorded',
          ref,
          indices,
        });
        return;
      }
      case 'recordIntent': {
        const { ref, indices, proof } = effect;
        const writing = this.#get(ref);
        const isProven = writing.digests.hash() === proof.chunkListHash;
        if (!isProven) sightings.saw('a forged chunk was found out by the whole');
        if (!isProven && mutant !== 'the proof is not compared before a publish') {
          this.#later(ref, 0, () => {
            throw new FerryError('HASH_MISMATCH', 'It is not the file that the source read.');
          });
        } else if (mutant === 'the intent to publish is not recorded') {
          this.#later(ref, 0, () => ({ type: 'intentRecorded', ref }));
        } else {
          this.#commit(ref, () => publishingRecord(ref, indices, writing.digests, fileOf(writing.plan), 0), {
            type: 'intentRecorded',
            ref,
          });
        }
        return;
      }
      case 'publish':
        this.#publish(effect.ref);
        return;
      case 'settleReceipt':
        this.journal.write({ type: 'settled', ...effect.ref, atMs: 0 });
        return;
      case 'forgetReceipt':
        this.journal.write({ type: 'forgotten', ...effect.ref });
        return;
      case 'discardPartial':
        this.#remove(effect.ref);
        return;
      case 'leavePartial':
        if (mutant === 'what waits for room is removed') this.#remove(effect.ref);
        else this.#leave(effect.ref);
        return;
      case 'ackChunks':
        for (const index of effect.indices) this.#acknowledge(effect.ref, index);
        return;
      case 'reportReceiving':
        this.#reportReceiving(effect);
        return;
      case 'reportFinished':
        if (this.#saidFinished.has(keyOf(effect.ref))) sightings.saw('finished was said again');
        this.#saidFinished.add(keyOf(effect.ref));
        this.#outlet.finished(effect.ref);
        return;
      case 'reportFailed':
        this.#outlet.failed({ ...effect.ref, ...effect.failure });
        return;
      case 'reportWaiting':
        sightings.saw('a transfer waited for room');
        this.#outlet.waiting({ ...effect.ref, ...effect.failure });
        return;
      case 'nackChunk': {
        const { ref, index, rawLength, reason } = effect;
        sightings.saw('a damaged chunk was refused by a destination');
        if (mutant === 'a nack is not said') return;
        const digest = Buffer.alloc(DIGEST_BYTES);
        this.#outlet.frame(encodeNackFrame({ ...ref, chunkIndex: index, rawLength, digest, reason }));
        return;
      }
      default:
        exhaustive(effect);
    }
  }

  #begin(plan: ReceivePlan, digests: DigestList): Writing {
    const writing: Writing = { plan, digests, inode: undefined, isGivenUp: false, waiting: [] };
    this.#writings.set(keyOf(plan), writing);
    return writing;
  }

  /** @param parting - what is waited for: the removal of an earlier file of that name */
  #create(writing: Writing, parting: Parting | undefined, then: () => Event): void {
    const { plan } = writing;
    const create = (): void => {
      this.journal.write({ type: 'opened', plan, atMs: 0 });
      this.#later(plan, this.#simulation.pace.diskMs, () => {
        made(writing);
        if (plan.existing === 'fail' && this.disk.names.has(finalName(plan.path))) {
          throw new DiskError('DESTINATION_EXISTS');
        }
        // A file of that name can only be left from an earlier life, which nobody knows any more.
        this.disk.remove(partialName(plan));
        writing.inode = this.disk.create(partialName(plan));
        return then();
      });
    };
    if (parting === undefined || parting.isDone) create();
    else parting.waiting.push(create);
  }

  #reopen(plan: ReceivePlan, totalChunks: number): void {
    const ref = refOf(plan);
    const entry = this.journal.image.entry(plan);
    // Of now: one that begins later is of this file, and waits until it is made.
    const parting = this.#partings.get(keyOf(plan));
    const writing = this.#begin(plan, entry?.digests ?? new DigestList(totalChunks));
    const reopen = (): Event | undefined => {
      const inode = this.disk.names.get(partialName(plan));
      if (this.journal.image.settledEntry(plan) !== undefined && this.#isStillPublished(plan)) {
        made(writing);
        this.#writings.delete(keyOf(plan));
        return { type: 'filePublished', ref };
      }
      if (entry?.stage === 'publishing' && this.#isInPlace(plan, inode)) {
        this.#simulation.sightings.saw('a published file was found with its partial file gone');
        made(writing);
        this.#later(ref, this.#simulation.pace.diskMs, () => {
          this.disk.syncDirectory();
          this.#writings.delete(keyOf(plan));
          return { type: 'filePublished', ref };
        });
        return undefined;
      }
      if (inode === undefined || entry === undefined) {
        this.#create(writing, parting, () => ({ type: 'partialReopened', ref, held: [] }));
        return undefined;
      }
      if (this.disk.isFull && inode.chunks.size < totalChunks) {
        made(writing);
        throw new DiskError('NO_SPACE');
      }
      this.#later(ref, this.#simulation.pace.diskMs, () => {
        writing.inode = inode;
        made(writing);
        this.#verify(writing, inode, entry.held, entry.stage === 'publishing');
        return undefined;
      });
      return undefined;
    };
    const begin = (): void => this.#later(ref, this.#simulation.pace.diskMs, this.#orWait(ref, reopen));
    if (parting === undefined || parting.isDone) begin();
    else parting.waiting.push(begin);
  }

  /** As `isInPlace` in left-partial.ts: gone by a rename, or a second name of what stands at its place. */
  #isInPlace(plan: ReceivePlan, partial: Inode | undefined): boolean {
    if (partial === undefined) return true;
    if (this.disk.names.get(finalName(plan.path)) !== partial) return false;
    this.disk.remove(partialName(plan));
    return true;
  }

  /** As `isStillPublished` in published-file.ts. */
  #isStillPublished(plan: ReceivePlan): boolean {
    const standing = this.disk.names.get(finalName(plan.path));
    const published = standing && this.#plans.get(standing);
    return published !== undefined && keyOf(published) === keyOf(plan);
  }

  /** What the journal claims and the file does not prove is not claimed again. */
  #verify({ plan, digests }: Writing, inode: Inode, claimed: ChunkSet, wasIntended: boolean): void {
    const { sightings, mutant } = this.#simulation;
    const ref = refOf(plan);
    const verified = new ChunkSet(claimed.total);
    for (const index of claimed.indices()) {
      const isRight = digestOf(inode.chunks.get(index)).equals(digests.get(index));
      if (isRight || mutant === 'what the journal claims is not hashed again') verified.add(index);
      if (!isRight) sightings.saw('a stored chunk was not what it should be, and asked for again');
    }
    if (verified.count > 0) sightings.saw('a later life went on with held chunks');
    const reopened = { type: 'partialReopened', ref, held: verified.toRanges() } as const;
    if (!wasIntended && verified.count === claimed.count) {
      this.#later(ref, 0, () => reopened);
      return;
    }
    this.#rewritten.push(ref);
    this.journal.write({ type: 'opened', plan, atMs: 0 });
    this.#commit(ref, () => heldRecord(ref, verified.indices(), digests, 0), reopened);
  }

  #write({ ref, index, payload }: Extract<Effect, { type: 'writeChunk' }>): void {
    const { pace, mutant } = this.#simulation;
    promised(
      'I5',
      payload.attempt === ref.attempt,
      () => `a chunk of attempt ${payload.attempt} is written to ${keyOf(ref)}`,
    );
    const writing = this.#get(ref);
    const write = (): Event => {
      const digest = hashChunk(payload.payload);
      if (!digest.equals(payload.digest)) return { type: 'chunkRefused', ref, index, reason: 'digestMismatch' };
      const { inode } = writing;
      if (inode === undefined || this.#writings.get(keyOf(ref)) !== writing) {
        throw new FerryError('CANCELLED', 'It is not being received any more.');
      }
      const isClaimed = mutant === 'what a full disk did not take is called written' && this.disk.isFull;
      if (!isClaimed) this.disk.write(inode, index, Buffer.from(payload.payload));
      writing.digests.set(index, digest);
      if (mutant === 'chunks are acknowledged before their sync') this.#acknowledge(ref, index);
      return { type: 'chunkWritten', ref, index };
    };
    this.#later(ref, pace.diskMs, this.#orWait(ref, write));
  }

  /** As `#answerOrWait` in destination.ts. */
  #orWait(ref: TransferRef, work: () => Event | undefined): () => Event | undefined {
    return () => {
      try {
        return work();
      } catch (thrown) {
        if (!(thrown instanceof DiskError) || thrown.code !== 'NO_SPACE') throw thrown;
        if (this.#simulation.mutant === 'what has begun fails for want of room') throw thrown;
        this.#simulation.sightings.saw('a disk was full');
        return { type: 'roomLacking', ref: refOf(ref), failure: { code: thrown.code, message: thrown.message } };
      }
    };
  }

  #sync(ref: TransferRef, answer: 'partialSynced' | 'partialSealed'): void {
    const { pace, mutant, sightings } = this.#simulation;
    const writing = this.#get(ref);
    const { inode } = writing;
    promised('custody', inode !== undefined, () => `${keyOf(ref)} is synced before it is made`);
    const begun = [...inode.chunks];
    this.#later(ref, pace.diskMs, () => {
      if (this.#writings.get(keyOf(ref)) !== writing) throw new FerryError('CANCELLED', 'It is not received any more.');
      if (mutant === 'a sync is answered and not done') return { type: answer, ref };
      try {
        this.disk.syncFile(inode, begun);
      } catch (thrown) {
        sightings.saw('a sync failed');
        if (mutant !== 'a failed sync is taken for one that worked') throw thrown;
      }
      return { type: answer, ref };
    });
  }

  #publish(ref: TransferRef): void {
    const { pace, mutant, sightings } = this.#simulation;
    const writing = this.#get(ref);
    const { plan, inode } = writing;
    promised('custody', inode !== undefined, () => `${keyOf(ref)} is published before it is made`);
    const [partial, final] = [partialName(plan), finalName(plan.path)];
    this.#later(ref, pace.diskMs, () => {
      if (this.#writings.get(keyOf(ref)) !== writing) throw new FerryError('CANCELLED', 'It is not received any more.');
      if (this.disk.names.has(final)) sightings.saw('two runs wrote to one path');
      if (plan.existing === 'fail') this.disk.link(partial, final);
      else this.disk.rename(partial, final);
      this.#ledger.published(ref, final, inode);
      this.#plans.set(inode, plan);
      this.#later(ref, pace.diskMs, () => {
        if (plan.existing === 'fail') this.disk.remove(partial);
        if (mutant !== 'the directory is not synced after a publish') this.#syncPublished(ref);
        this.#writings.delete(keyOf(ref));
        return { type: 'filePublished', ref };
      });
      return undefined;
    });
  }

  #syncPublished(ref: TransferRef): void {
    try {
      this.disk.syncDirectory();
    } catch (thrown) {
      this.#simulation.sightings.saw('a rename was not made durable');
      // The transfer fails, and says so; that the file may stand there all the same is all that can be known.
      this.#ledger.mayPublishAgain(ref.transfer);
      throw thrown;
    }
  }

  /** As `Writings.remove`: announced, removed, forgotten. */
  #remove(ref: TransferRef): void {
    const before = this.#partings.get(keyOf(ref));
    const writing = this.#giveUp(ref);
    const parting = this.#part(ref);
    const announce = (): void => this.#announceRemoval(ref, parting);
    const afterMade = (): void => {
      if (writing?.waiting === undefined) announce();
      else writing.waiting.push(announce);
    };
    if (before === undefined || before.isDone) afterMade();
    else before.waiting.push(afterMade);
  }

  /** As `Writings.leave`: what no record claims goes, behind the last chunk that one does. */
  #leave(ref: TransferRef): void {
    const writing = this.#giveUp(ref);
    const entry = this.journal.image.entry(ref);
    if (writing === undefined || entry === undefined) return;
    const last = [...entry.held.indices()].at(-1) ?? -1;
    this.journal.write(heldRecord(ref, [], writing.digests, 0));
    const parting = this.#part(ref);
    this.#process.later(this.#simulation.world.random() * this.#simulation.pace.diskMs, () => {
      const { inode } = writing;
      if (inode !== undefined) for (const index of inode.chunks.keys()) if (index > last) this.disk.cut(inode, index);
      this.#departed(ref, parting);
    });
  }

  #giveUp(ref: TransferRef): Writing | undefined {
    const writing = this.#writings.get(keyOf(ref));
    if (writing !== undefined) writing.isGivenUp = true;
    this.#writings.delete(keyOf(ref));
    return writing;
  }

  #part(ref: TransferRef): Parting {
    const parting: Parting = { isDone: false, waiting: [] };
    this.#partings.set(keyOf(ref), parting);
    return parting;
  }

  #departed(ref: TransferRef, parting: Parting): void {
    parting.isDone = true;
    if (this.#partings.get(keyOf(ref)) === parting) this.#partings.delete(keyOf(ref));
    for (const wake of parting.waiting) wake();
  }

  #announceRemoval(ref: TransferRef, parting: Parting): void {
    const done = (): void => this.#departed(ref, parting);
    this.#process.later(this.#simulation.world.random() * this.#simulation.pace.diskMs, () => {
      const entry = this.journal.image.entry(ref);
      if (entry === undefined) {
        if (this.journal.image.settledEntry(ref) !== undefined)
          this.journal.write({ type: 'forgotten', ...refOf(ref) });
        return done();
      }
      const wasIntended = entry.stage === 'publishing';
      this.journal.write({ type: 'discarding', ...refOf(ref) });
      const remove = (): void => {
        this.disk.remove(partialName(ref));
        this.#process.later(this.#simulation.world.random() * this.#simulation.pace.diskMs, () => {
          try {
            this.disk.syncDirectory();
          } catch {
            this.failedRemovals += 1;
            return done();
          }
          this.journal.write({ type: 'forgotten', ...refOf(ref) });
          done();
        });
      };
      if (!wasIntended) return remove();
      const upTo = this.journal.length;
      this.#inJournalOrder(() => {
        try {
          this.journal.sync(upTo);
        } catch {
          this.#simulation.sightings.saw('a removal could not be announced');
          this.failedRemovals += 1;
          return done();
        }
        remove();
      });
    });
  }

  #acknowledge(ref: TransferRef, index: number): void {
    const writing = this.#writings.get(keyOf(ref));
    if (writing === undefined) return;
    this.#assertDurable(writing, index, 'acknowledged');
    this.#ledger.acknowledged(ref, index);
    const rawLength = writing.inode?.chunks.get(index)?.length ?? 0;
    this.#outlet.frame(encodeAckFrame({ ...ref, chunkIndex: index, rawLength, digest: writing.digests.get(index) }));
  }

  #reportReceiving({ ref, held }: Extract<Effect, { type: 'reportReceiving' }>): void {
    const writing = this.#get(ref);
    const claimed = ChunkSet.fromRanges(this.#ledger.transfer(ref.transfer).totalChunks, held);
    for (const index of claimed.indices()) this.#assertDurable(writing, index, 'claimed');
    this.#ledger.claimed(ref, (index) => claimed.has(index));
    this.#outlet.receiving({ ...ref, held });
  }

  #assertDurable({ plan, digests, inode }: Writing, index: number, said: string): void {
    const isDurable = digestOf(inode?.durable.get(index)).equals(digests.get(index));
    promised('I6', isDurable, () => `chunk ${index} of ${keyOf(plan)} is ${said}, and would not survive a power cut`);
  }

  #get(ref: TransferRef): Writing {
    const writing = this.#writings.get(keyOf(ref));
    promised('custody', writing !== undefined, () => `${keyOf(ref)} is used, and is not being written here`);
    return writing;
  }

  /** One journal, one order: what was recorded later is not durable earlier. */
  #commit(ref: TransferRef, record: () => JournalRecord, then: Event): void {
    this.journal.write(record());
    const upTo = this.journal.length;
    const writing = this.#writings.get(keyOf(ref));
    this.#inJournalOrder(() =>
      this.#answer(ref, writing, () => {
        this.journal.sync(upTo);
        return then;
      }),
    );
  }

  #inJournalOrder(work: () => void): void {
    const { world, pace } = this.#simulation;
    this.#journalFreeAtMs = Math.max(this.#journalFreeAtMs, world.nowMs + world.random() * pace.diskMs);
    this.#process.later(this.#journalFreeAtMs - world.nowMs, work);
  }

  #later(ref: TransferRef, upToMs: number, work: () => Event | undefined): void {
    const writing = this.#writings.get(keyOf(ref));
    this.#process.later(this.#simulation.world.random() * upToMs, () => this.#answer(ref, writing, work));
  }

  /** Runs the work of an effect; its event, or its failure as an event, comes back to the core, unless its file was given up. */
  #answer(ref: TransferRef, writing: Writing | undefined, work: () => Event | undefined): void {
    let event: Event | undefined;
    try {
      event = work();
    } catch (thrown) {
      if (!(thrown instanceof DiskError || thrown instanceof FerryError)) throw thrown;
      if (writing?.isGivenUp) return;
      const { code, message } = thrown;
      if (code === 'NO_SPACE') this.#simulation.sightings.saw('a disk was full');
      if (code === 'DESTINATION_EXISTS')
        this.#simulation.sightings.saw('a publish was refused, for something stands there');
      event = { type: 'transferFailed', ref: refOf(ref), failure: { code, message } };
      // What it holds goes with it; that it failed may be lost on the way, and then the same attempt begins anew.
      this.#ledger.discarded(ref);
    }
    if (event !== undefined && !writing?.isGivenUp) this.#on(event);
  }
}

function noteOf(event: Event): string {
  if (event.type === 'receiveRequested') return `${event.type} ${event.transfers.map(keyOf)}`;
  if (event.type === 'chunkArrived') return `${event.type} ${keyOf(event.chunk.ref)}#${event.chunk.index}`;
  if ('refs' in event) return `${event.type} ${event.refs.map(keyOf)}`;
  const chunks = 'index' in event ? `#${event.index}` : 'indices' in event ? `#${event.indices}` : '';
  const code = event.type === 'transferFailed' ? ` ${event.failure.code}` : '';
  return `${event.type} ${keyOf(event.ref)}${chunks}${code}`;
}

/** Files on this disk have no numbers: the key of the attempt is as good. */
function fileOf(plan: ReceivePlan): PublishedFile {
  return { ino: keyOf(plan), mtimeNs: plan.mtimeNs };
}

function digestOf(bytes: Buffer | undefined): Buffer {
  return bytes === undefined ? NO_DIGEST : hashChunk(bytes);
}

/** Whoever waits for the file to be there, or not, hears that. */
function made(writing: Writing): void {
  const { waiting = [] } = writing;
  writing.waiting = undefined;
  for (const wake of waiting) wake();
}

/** What no chunk hashes to. */
const NO_DIGEST = Buffer.alloc(DIGEST_BYTES, 0xff);
