import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { RecordRefused } from '../../domain/run/record-refused.ts';
import type { RunChanges } from '../../domain/run/run-repository.ts';
import { bareEnd, type Change, changesOf, eachChange } from './changes.ts';
import type { RunRecords } from './run-records.ts';

/** What the database did not take at this moment is tried again this much later, until it is taken: it is never dropped. */
const RETRY_MS = 1_000;
/** What a refused run and transfer say of themselves. Fixed, for the words of the refusal may be what is refused. */
const BARE_MESSAGE = "The hub's database refuses to record how this went on; the hub's log says why.";

export interface RecordKeeperParts {
  readonly records: RunRecords;
  /** Hears that a run cannot be recorded: it is to end. May be told of the same run several times. */
  readonly onRunBroke: (runId: number, message: string) => void;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/**
 * Writes records until they are taken. What the database would refuse for ever is not tried again: it is split down to the rows that
 * are refused, whose runs end, and all the others are written (DESIGN.md promise 9).
 */
export class RecordKeeper {
  readonly #parts: RecordKeeperParts;
  readonly #closing = new AbortController();

  constructor(parts: RecordKeeperParts) {
    this.#parts = parts;
  }

  /** Resolves when every row is durable, or its run was told to end, or the keeper stopped trying. Never rejects. */
  async record(changes: RunChanges): Promise<void> {
    await this.#write(eachChange(changes));
  }

  /** As `record`, for the end of a run that is taken back. */
  async reopenRun(runId: number): Promise<void> {
    const refusal = await this.untilDecided(() => this.#parts.records.reopenRun(runId));
    if (refusal !== undefined) this.#break(runId, refusal);
  }

  /** As `record`, for what has not ended of a run that failed as a whole. */
  async failRest(runId: number): Promise<void> {
    const refusal = await this.untilDecided(() => this.#parts.records.failRest(runId));
    if (refusal !== undefined) this.#break(runId, refusal);
  }

  /** From now on nothing is tried a second time. */
  close(): void {
    this.#closing.abort();
  }

  async #write(changes: readonly Change[]): Promise<void> {
    const refusal = await this.untilDecided(() => this.#parts.records.record(changesOf(changes)));
    if (refusal === undefined) return;
    const [only] = changes;
    if (only !== undefined && changes.length === 1) return this.#giveUp(only, refusal);
    const middle = Math.ceil(changes.length / 2);
    await this.#write(changes.slice(0, middle));
    await this.#write(changes.slice(middle));
  }

  /** Ends what the refused row is of: in the database as far as that takes it, and in memory. */
  async #giveUp(change: Change, refusal: RecordRefused): Promise<void> {
    const { records, nowMs } = this.#parts;
    const isEnding = change.kind === 'run' ? change.progress.endedAt !== undefined : true;
    const end = isEnding ? bareEnd(change, BARE_MESSAGE, new Date(nowMs())) : undefined;
    if (end !== undefined) await this.untilDecided(() => records.record(end));
    const runId = await this.#runOf(change);
    if (runId !== undefined) this.#break(runId, refusal);
  }

  async #runOf(change: Change): Promise<number | undefined> {
    if (change.kind === 'run') return change.progress.id;
    if (change.kind === 'issue') return change.issue.runId;
    let runId: number | undefined;
    await this.untilDecided(async () => {
      const [transfer] = await this.#parts.records.transfersByIds([change.progress.id]);
      runId = transfer?.runId;
    });
    return runId;
  }

  #break(runId: number, refusal: RecordRefused): void {
    this.#parts.logger.error({ run: runId, err: refusal }, 'the database refused a record for good; its run ends');
    this.#parts.onRunBroke(runId, refusal.message);
  }

  /** Does the work until the database takes it, or the keeper stops trying; returns its refusal when it never will. */
  async untilDecided(work: () => Promise<void>): Promise<RecordRefused | undefined> {
    for (;;) {
      try {
        await work();
        return undefined;
      } catch (thrown) {
        if (thrown instanceof RecordRefused) return thrown;
        this.#parts.logger.error({ err: thrown }, 'the database does not answer as it should; trying again');
        if (this.#closing.signal.aborted) return undefined;
        await delay(RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }
}
