import { ChunkSet, chunkCount, DigestList, exhaustive, keyOf, refOf, type TransferRef } from '@ferryline/engine';
import type { ReceivePlan } from '../core/events.ts';
import { encodeRecord, heldRecord, type JournalRecord } from './journal-record.ts';

/** What is remembered of one attempt of a transfer. */
export interface JournalEntry {
  readonly plan: ReceivePlan;
  /** Chunks of the partial file that survive a crash, each with its SHA-256. */
  readonly held: ChunkSet;
  readonly digests: DigestList;
  /** When something of it arrived last, in milliseconds since 1970, by the agent's clock. */
  touchedAtMs: number;
  stage: 'filling' | 'publishing' | 'discarding';
}

/** What the records of a journal come to, one after the other. */
export class JournalImage {
  readonly #entries = new Map<string, JournalEntry>();

  get entries(): readonly JournalEntry[] {
    return [...this.#entries.values()];
  }

  entry(ref: TransferRef): JournalEntry | undefined {
    return this.#entries.get(keyOf(ref));
  }

  /** Takes a record in. One about a transfer of which nothing is known changes nothing. */
  apply(record: JournalRecord): void {
    if (record.type === 'opened') {
      this.#entries.set(keyOf(record.plan), newEntry(record));
      return;
    }
    const entry = this.#entries.get(keyOf(record));
    if (entry === undefined) return;
    switch (record.type) {
      case 'held':
      case 'publishing':
        if (record.type === 'publishing') entry.stage = 'publishing';
        for (const [index, digest] of record.chunks) {
          entry.held.add(index);
          entry.digests.set(index, Buffer.from(digest, 'base64'));
        }
        entry.touchedAtMs = record.atMs;
        return;
      case 'discarding':
        entry.stage = 'discarding';
        return;
      case 'forgotten':
        this.#entries.delete(keyOf(record));
        return;
      default:
        exhaustive(record);
    }
  }

  /** The fewest records that come to the same. */
  toRecords(): readonly JournalRecord[] {
    return this.entries.flatMap(({ plan, touchedAtMs: atMs, held, digests, stage }) => {
      const opened: JournalRecord = { type: 'opened', plan, atMs };
      if (stage === 'discarding') return [opened, { type: stage, ...refOf(plan) }];
      return [opened, heldRecord(stage === 'filling' ? 'held' : stage, plan, held.indices(), digests, atMs)];
    });
  }

  toText(): string {
    return this.toRecords().map(encodeRecord).join('');
  }
}

function newEntry({ plan, atMs }: Extract<JournalRecord, { type: 'opened' }>): JournalEntry {
  const totalChunks = chunkCount(plan.size, plan.chunkSize);
  return {
    plan,
    held: new ChunkSet(totalChunks),
    digests: new DigestList(totalChunks),
    touchedAtMs: atMs,
    stage: 'filling',
  };
}
