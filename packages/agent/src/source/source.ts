import {
  exhaustive,
  FerryError,
  type Frame,
  type HubMessage,
  keyOf,
  type RootPath,
  refOf,
  type TransferFailure,
  type TransferRef,
} from '@ferryline/engine';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import { boundedWindowBytes } from '../session/hub-numbers.ts';
import type { AgentReports } from '../session/reports.ts';
import type { SourceEffect, SourceEvent } from './core/events.ts';
import { stepSource } from './core/source-core.ts';
import { initialSourceState, type SourceState } from './core/state.ts';
import { FileReading } from './file-reading.ts';
import { presentFile } from './present-file.ts';
import { SourceFile } from './source-file.ts';

export interface SourceParts {
  readonly tree: DirectoryTree;
  readonly reports: AgentReports;
  /** Puts a frame on the session's lane; resolves when the lane has room for more. */
  readonly sendFrame: (frame: Buffer) => Promise<void>;
}

/** The source side of one session: carries out what the source core decides, against files and the lane. */
export class Source {
  readonly #parts: SourceParts;
  readonly #state: SourceState = initialSourceState();
  readonly #readings = new Map<string, FileReading>();

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  onSend(message: Extract<HubMessage, { type: 'send' }>): void {
    const { route, windowBytes, transfers } = message;
    this.#on({ type: 'sendRequested', route, windowBytes: boundedWindowBytes(windowBytes), transfers });
  }

  onWindow(message: Extract<HubMessage, { type: 'window' }>): void {
    this.#on({
      type: 'windowChanged',
      route: message.route,
      windowBytes: boundedWindowBytes(message.windowBytes),
    });
  }

  onReleased(refs: readonly TransferRef[]): void {
    this.#on({ type: 'released', refs });
  }

  /** An acknowledgement or its refusal, come back along the lane. */
  onAnswer(frame: Exclude<Frame, { kind: 'chunk' }>): void {
    const ref = { transfer: frame.transfer, attempt: frame.attempt };
    if (frame.kind === 'ack') this.#on({ type: 'chunkAcked', ref, index: frame.chunkIndex });
    else this.#on({ type: 'chunkNacked', ref, index: frame.chunkIndex, reason: frame.reason });
  }

  /** The session is over: every file is closed; a later session starts from what the hub says then. */
  close(): void {
    this.#on({ type: 'sessionLost' });
  }

  #on(event: SourceEvent): void {
    for (const effect of stepSource(this.#state, event).effects) this.#carryOut(effect);
  }

  #carryOut(effect: SourceEffect): void {
    switch (effect.type) {
      case 'openFile': {
        const { plan } = effect;
        const file = SourceFile.open(this.#parts.tree, plan.path, plan.identity);
        const reading = new FileReading(file, plan, effect.totalChunks);
        this.#readings.set(keyOf(plan), reading);
        this.#answer(plan, reading, async () => {
          await reading.opened();
          return { type: 'fileOpened', ref: refOf(plan) };
        });
        return;
      }
      case 'readChunk': {
        const reading = this.#readings.get(keyOf(effect.plan));
        if (reading === undefined) return;
        this.#answer(effect.plan, reading, async () => {
          const frame = await reading.readChunk(effect);
          if (frame === undefined) this.#parts.reports.worked(effect.plan);
          else await this.#parts.sendFrame(frame);
          return { type: 'chunkRead', ref: refOf(effect.plan), index: effect.index };
        });
        return;
      }
      case 'digestFile': {
        const reading = this.#readings.get(keyOf(effect.ref));
        if (reading === undefined) return;
        this.#answer(effect.ref, reading, async () => {
          return { type: 'fileDigested', ref: effect.ref, ...(await reading.digest()) };
        });
        return;
      }
      case 'closeFile': {
        const reading = this.#readings.get(keyOf(effect.ref));
        this.#readings.delete(keyOf(effect.ref));
        // Nothing was written: a close that fails costs nothing and nobody.
        reading?.close().catch(() => undefined);
        return;
      }
      case 'reportSent': {
        const { ref, fileHash, chunkListHash } = effect;
        this.#parts.reports.sent({ ...ref, fileHash, chunkListHash });
        return;
      }
      case 'reportFailed':
        this.#parts.reports.failed({ ...effect.ref, ...effect.failure });
        return;
      default:
        exhaustive(effect);
    }
  }

  /**
   * Runs the work of an effect; its event, or its failure as an event, comes back to the core. What a reading that was closed still
   * answers is not about the one that the same attempt has now.
   */
  #answer(ref: TransferRef, reading: FileReading, work: () => Promise<SourceEvent>): void {
    const hear = (event: SourceEvent): void => {
      if (this.#readings.get(keyOf(ref)) === reading) this.#on(event);
    };
    work().then(hear, (thrown: unknown) => {
      hear({ type: 'fileFailed', ref: refOf(ref), failure: this.#failure(reading.path, thrown) });
    });
  }

  /** A source that changed is planned anew, as it is now. */
  #failure(path: RootPath, thrown: unknown): TransferFailure {
    const { code, message } = FerryError.from(thrown);
    const present = code === 'SOURCE_CHANGED' ? presentFile(this.#parts.tree, path) : undefined;
    return { code, message, ...(present && { present }) };
  }
}
