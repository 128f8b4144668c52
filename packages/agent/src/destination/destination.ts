import {
  type ChunkFrame,
  DIGEST_BYTES,
  encodeNackFrame,
  exhaustive,
  FerryError,
  type HubMessage,
  keyOf,
  refOf,
  type TransferRef,
} from '@ferryline/engine';
import type { Logger } from 'pino';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import type { AgentReports } from '../session/reports.ts';
import { stepDestination } from './core/destination-core.ts';
import type { DestinationEffect, DestinationEvent } from './core/events.ts';
import { type DestinationState, initialDestinationState } from './core/state.ts';
import { FileWriting } from './file-writing.ts';
import { PartialFile } from './partial-file.ts';

/** Where a destination's words go while a session is open; without one they are dropped, and said again when asked. */
export interface DestinationOutlet {
  readonly reports: AgentReports;
  readonly sendFrame: (frame: Buffer) => void;
}

type Effect = DestinationEffect<ChunkFrame>;
type Event = DestinationEvent<ChunkFrame>;

/**
 * The destination side of an agent: carries out what the destination core decides, against files and the lane. Lives longer than
 * a session: what it holds in part is taken up again by the next one.
 */
export class Destination {
  readonly #tree: DirectoryTree;
  readonly #logger: Logger;
  readonly #state: DestinationState = initialDestinationState();
  readonly #writings = new Map<string, FileWriting>();
  #outlet: DestinationOutlet | undefined;

  constructor(tree: DirectoryTree, logger: Logger) {
    this.#tree = tree;
    this.#logger = logger;
  }

  /** A session is open: answers go there until the next call. */
  attach(outlet: DestinationOutlet | undefined): void {
    this.#outlet = outlet;
  }

  /** The transfers of which a part is held, for `hello`. */
  holds(): TransferRef[] {
    return [...this.#state.transfers.values()].map(({ plan }) => refOf(plan));
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

  /** The agent stops: what is held in part is removed, because this process was the only one that knew what it is. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#writings.values()].map((writing) => writing.discard()));
  }

  #on(event: Event): void {
    for (const effect of stepDestination(this.#state, event).effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'openPartial': {
        const { plan } = effect;
        const writing = new FileWriting(PartialFile.create(this.#tree, plan), plan, effect.totalChunks);
        this.#writings.set(keyOf(plan), writing);
        this.#answer(plan, async () => {
          await writing.opened();
          return { type: 'partialOpened', ref: refOf(plan) };
        });
        return;
      }
      case 'writeChunk':
        this.#answer(effect.ref, async () => {
          const { ref, index } = effect;
          const reason = await this.#writing(ref).write(effect.payload, effect.offset);
          return reason === undefined
            ? { type: 'chunkWritten', ref, index }
            : { type: 'chunkRefused', ref, index, reason };
        });
        return;
      case 'syncPartial':
        this.#answer(effect.ref, async () => {
          await this.#writing(effect.ref).sync();
          return { type: 'partialSynced', ref: effect.ref };
        });
        return;
      case 'sealPartial':
        this.#answer(effect.ref, async () => {
          await this.#writing(effect.ref).seal();
          return { type: 'partialSealed', ref: effect.ref };
        });
        return;
      case 'publish':
        this.#answer(effect.ref, async () => {
          await this.#writing(effect.ref).publish(effect.proof);
          this.#writings.delete(keyOf(effect.ref));
          return { type: 'filePublished', ref: effect.ref };
        });
        return;
      case 'discardPartial': {
        const writing = this.#writings.get(keyOf(effect.ref));
        this.#writings.delete(keyOf(effect.ref));
        writing?.discard().catch((cause: unknown) => {
          this.#logger.warn({ transfer: effect.ref.transfer, cause }, 'a partial file could not be removed');
        });
        return;
      }
      case 'ackChunks': {
        const writing = this.#writings.get(keyOf(effect.ref));
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
      default:
        exhaustive(effect);
    }
  }

  #writing(ref: TransferRef): FileWriting {
    const writing = this.#writings.get(keyOf(ref));
    if (writing === undefined) throw new FerryError('INTERNAL', `Transfer ${ref.transfer} is not being written here.`);
    return writing;
  }

  /** Runs the work of an effect; its event, or its failure as an event, comes back to the core. */
  #answer(ref: TransferRef, work: () => Promise<Event>): void {
    work().then(
      (event) => this.#on(event),
      (thrown: unknown) => {
        const { code, message } = FerryError.from(thrown);
        this.#on({ type: 'transferFailed', ref: refOf(ref), failure: { code, message } });
      },
    );
  }
}
