import {
  type ChunkFrame,
  DIGEST_BYTES,
  encodeNackFrame,
  exhaustive,
  FerryError,
  type HubMessage,
  refOf,
  type TransferRef,
} from '@ferryline/engine';
import type { Logger } from 'pino';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import { pathText } from '../paths/path-text.ts';
import type { AgentReports } from '../session/reports.ts';
import { stepDestination } from './core/destination-core.ts';
import type { DestinationEffect, DestinationEvent } from './core/events.ts';
import { type DestinationState, initialDestinationState } from './core/state.ts';
import { isRoomLacking, waitingForRoom } from './free-space.ts';
import type { DestinationJournal } from './journal/destination-journal.ts';
import { heldRecord, publishingRecord } from './journal/journal-record.ts';
import { remembered } from './journal/remembered.ts';
import { Writings } from './writings.ts';

/** Where a destination's words go while a session is open; without one they are dropped, and said again when asked. */
export interface DestinationOutlet {
  readonly reports: AgentReports;
  readonly sendFrame: (frame: Buffer) => void;
  /** Whether the hub hears `waiting`; for one that does not, what lacks room has failed. */
  readonly hearsWaiting: boolean;
  /** The transfer goes on only when it is asked for again: an agent that is its source as well sends no more of it. */
  readonly waits: (ref: TransferRef) => void;
}

/** As many as `hello` carries (PROTOCOL.md). */
const MAX_HOLDS = 100_000;

type Effect = DestinationEffect<ChunkFrame>;
type Event = DestinationEvent<ChunkFrame>;

/**
 * The destination side of an agent: carries out what the destination core decides, against files, a journal and the lane. Lives longer
 * than a session: what it holds in part is taken up again by the next one, and by the next life of the agent.
 */
export class Destination {
  readonly #journal: DestinationJournal;
  readonly #writings: Writings;
  readonly #state: DestinationState;
  #outlet: DestinationOutlet | undefined;
  #closing: Promise<void> | undefined;

  constructor(tree: DirectoryTree, journal: DestinationJournal, logger: Logger) {
    this.#journal = journal;
    this.#writings = new Writings(tree, journal, logger);
    const { recovered, over } = remembered(journal.entries);
    const settled = journal.settled.map(({ plan }) => plan);
    this.#state = initialDestinationState(recovered, settled);
    for (const ref of over) this.#writings.remove(ref);
  }

  /** A session is open: answers go there until the next call. */
  attach(outlet: DestinationOutlet | undefined): void {
    this.#outlet = outlet;
  }

  /** The transfers of which something is remembered and that are not settled, for `hello`: the hub says which of them are over. */
  holds(): TransferRef[] {
    const { transfers, recovered, receipts } = this.#state;
    const plans = [...[...transfers.values()].map(({ plan }) => plan), ...recovered.values(), ...receipts.values()];
    return plans.slice(0, MAX_HOLDS).map(refOf);
  }

  onReceive(message: Extract<HubMessage, { type: 'receive' }>): void {
    this.#on({ type: 'receiveRequested', transfers: message.transfers });
  }

  onChunk(frame: ChunkFrame): void {
    const ref = { transfer: frame.transfer, attempt: frame.attempt };
    const chunk = { ref, index: frame.chunkIndex, rawLength: frame.rawLength };
    this.#on({ type: 'chunkArrived', chunk, payload: frame });
  }

  onFinish(message: Extract<HubMessage, { type: 'finish' }>): void {
    for (const { transfer, attempt, ...proof } of message.transfers) {
      this.#on({ type: 'finishRequested', ref: { transfer, attempt }, proof });
    }
  }

  onSettled(refs: readonly TransferRef[]): void {
    this.#on({ type: 'settled', refs });
  }

  onCancel(refs: readonly TransferRef[]): void {
    this.#on({ type: 'cancelled', refs });
  }

  /**
   * Lets go of what an earlier life of this agent left, and nobody has asked for since that moment (milliseconds since 1970), and of
   * partial files that not even the journal remembers.
   */
  dropLeftBehind(untilMs: number): void {
    const refs = this.#journal.entries
      .filter(({ touchedAtMs }) => touchedAtMs < untilMs)
      .map(({ plan }) => refOf(plan));
    if (refs.length > 0) this.#on({ type: 'leftBehind', refs });
    this.#writings.removeOrphans(untilMs);
  }

  /** Forgets what the hub settled before that moment (milliseconds since 1970). */
  dropSettled(untilMs: number): void {
    const refs = this.#journal.settled
      .filter(({ settledAtMs }) => settledAtMs < untilMs)
      .map(({ plan }) => refOf(plan));
    if (refs.length > 0) this.#on({ type: 'leftBehind', refs });
  }

  /** Resolves when nothing is being removed any more. */
  removed(): Promise<void> {
    return this.#writings.removed();
  }

  /** The agent stops: what is held in part stays where it is, and is remembered. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writings.leaveAll();
    await this.#journal.close();
  }

  #on(event: Event): void {
    if (this.#closing !== undefined) return;
    for (const effect of stepDestination(this.#state, event).effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'openPartial':
        this.#answer(effect.plan, async () => {
          await this.#writings.open(effect.plan, effect.totalChunks);
          return { type: 'partialOpened', ref: refOf(effect.plan) };
        });
        return;
      case 'reopenPartial':
        this.#answerOrWait(refOf(effect.plan), async () => {
          const ref = refOf(effect.plan);
          const held = await this.#writings.reopen(effect.plan, effect.totalChunks, () => this.#worked(ref));
          return held === 'published' ? { type: 'filePublished', ref } : { type: 'partialReopened', ref, held };
        });
        return;
      case 'writeChunk':
        this.#answerOrWait(effect.ref, async () => {
          const { ref, index } = effect;
          const reason = await this.#writings.get(ref).write(effect.payload, effect.offset);
          return reason === undefined
            ? { type: 'chunkWritten', ref, index }
            : { type: 'chunkRefused', ref, index, reason };
        });
        return;
      case 'syncPartial':
        this.#answer(effect.ref, async () => {
          await this.#writings.get(effect.ref).sync();
          return { type: 'partialSynced', ref: effect.ref };
        });
        return;
      case 'sealPartial':
        this.#answer(effect.ref, async () => {
          await this.#writings.get(effect.ref).seal();
          this.#worked(effect.ref);
          return { type: 'partialSealed', ref: effect.ref };
        });
        return;
      case 'recordHeld':
        this.#answer(effect.ref, async () => {
          const { ref, indices } = effect;
          await this.#journal.commit(heldRecord(ref, indices, this.#writings.get(ref).digests));
          return { type: 'heldRecorded', ref, indices };
        });
        return;
      case 'recordIntent':
        this.#answer(effect.ref, async () => {
          const { ref, proof, indices } = effect;
          const writing = this.#writings.get(ref);
          writing.prove(proof);
          await this.#journal.commit(publishingRecord(ref, indices, writing.digests, writing.file));
          this.#worked(ref);
          return { type: 'intentRecorded', ref };
        });
        return;
      case 'publish':
        this.#answer(effect.ref, async () => {
          await this.#writings.publish(effect.ref);
          return { type: 'filePublished', ref: effect.ref };
        });
        return;
      case 'settleReceipt':
        void this.#journal.write({ type: 'settled', ...effect.ref, atMs: Date.now() });
        return;
      case 'forgetReceipt':
        void this.#journal.write({ type: 'forgotten', ...effect.ref });
        return;
      case 'discardPartial':
        this.#writings.remove(effect.ref);
        return;
      case 'leavePartial':
        this.#writings.leave(effect.ref);
        return;
      case 'ackChunks': {
        const writing = this.#writings.find(effect.ref);
        if (writing === undefined) return;
        for (const index of effect.indices) this.#outlet?.sendFrame(writing.ackFrame(index));
        return;
      }
      case 'nackChunk': {
        const { ref, index, rawLength, reason } = effect;
        const digest = Buffer.alloc(DIGEST_BYTES);
        this.#outlet?.sendFrame(encodeNackFrame({ ...ref, chunkIndex: index, rawLength, digest, reason }));
        return;
      }
      case 'reportReceiving':
        this.#outlet?.reports.receiving({ ...effect.ref, held: effect.held });
        return;
      case 'reportFinished':
        this.#outlet?.reports.finished(effect.ref);
        return;
      case 'reportFailed':
        this.#outlet?.reports.failed({ ...effect.ref, ...effect.failure });
        return;
      case 'reportWaiting':
        this.#outlet?.reports.waiting({ ...effect.ref, ...effect.failure });
        this.#outlet?.waits(effect.ref);
        return;
      default:
        exhaustive(effect);
    }
  }

  #worked(ref: TransferRef): void {
    this.#outlet?.reports.worked(ref);
  }

  /** As `#answer`, for what may be done later when there is no room for it now. */
  #answerOrWait(ref: TransferRef, work: () => Promise<Event>): void {
    this.#answer(ref, () =>
      work().catch((thrown: unknown): Event => {
        const plan = this.#state.transfers.get(ref.transfer)?.plan;
        // Without a session nobody can say whether the next hub hears it: that one is told when it asks.
        if (plan === undefined || !isRoomLacking(thrown) || this.#outlet?.hearsWaiting === false) throw thrown;
        return { type: 'roomLacking', ref, failure: waitingForRoom(pathText(plan.path), thrown) };
      }),
    );
  }

  /**
   * Runs the work of an effect; its event, or its failure as an event, comes back to the core, unless its file was given up meanwhile:
   * the same attempt may have another one by then.
   */
  #answer(ref: TransferRef, work: () => Promise<Event>): void {
    const answer = work();
    const writing = this.#writings.find(ref);
    const hear = (event: Event): void => {
      if (!writing?.isGivenUp) this.#on(event);
    };
    answer.then(hear, (thrown: unknown) => {
      const { code, message } = FerryError.from(thrown);
      hear({ type: 'transferFailed', ref: refOf(ref), failure: { code, message } });
    });
  }
}
