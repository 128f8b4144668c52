import { ChunkSet, chunkCount, DigestList, exhaustive, keyOf, refOf, type TransferRef } from '@ferryline/engine';
import type { ReceivePlan } from '../core/events.ts';
import type { PublishedFile } from '../published-file.ts';
import { encodeRecord, heldRecord, type JournalRecord, publishingRecord } from './journal-record.ts';

/** What is remembered of one attempt of a transfer. */
export interface JournalEntry {
  readonly plan: ReceivePlan;
  /** Chunks of the partial file that survive a crash, each with its SHA-256. */
  readonly held: ChunkSet;
  readonly digests: DigestList;
  /** When something of it arrived last, in milliseconds since 1970, by the agent's clock. */
  touchedAtMs: number;
  stage: 'filling' | 'publishing' | 'discarding';
  /** What is about to be published, or is. */
  file: PublishedFile | undefined;
}

/** What is remembered of an attempt that was published, and recorded as that by the hub. */
export interface SettledEntry {
  readonly plan: ReceivePlan;
  readonly file: PublishedFile;
  /** In milliseconds since 1970, by the agent's clock. */
  readonly settledAtMs: number;
}

/** What the records of a journal come to, one after the other. */
export class JournalImage {
  readonly #entries = new Map<string, JournalEntry>();
  /** By transfer: a newer attempt ends what is remembered of an older one. */
  readonly #settled = new Map<number, SettledEntry>();

  /** What is not over. */
  get entries(): readonly JournalEntry[] {
    return [...this.#entries.values()];
  }

  entry(ref: TransferRef): JournalEntry | undefined {
    return this.#entries.get(keyOf(ref));
  }

  /** What is settled, in that order. */
  get settled(): readonly SettledEntry[] {
    return [...this.#settled.values()];
  }

  settledEntry(ref: TransferRef): SettledEntry | undefined {
    const settled = this.#settled.get(ref.transfer);
    return settled?.plan.attempt === ref.attempt ? settled : undefined;
  }

  /** Takes a record in. One about a transfer of which nothing is known changes nothing. */
  apply(record: JournalRecord): void {
    if (record.type === 'opened') {
      this.#settled.delete(record.plan.transfer);
      this.#entries.set(keyOf(record.plan), newEntry(record));
      return;
    }
    const entry = this.#entries.get(keyOf(record));
    if (entry === undefined) {
      this.#applyToSettled(record);
      return;
    }
    switch (record.type) {
      case 'held':
      case 'publishing':
        if (record.type === 'publishing') {
          entry.stage = 'publishing';
          entry.file = record.file;
        }
        for (const [index, digest] of record.chunks) {
          entry.held.add(index);
          entry.digests.set(index, Buffer.from(digest, 'base64'));
        }
        entry.touchedAtMs = record.atMs;
        return;
      case 'discarding':
        entry.stage = 'discarding';
        return;
      case 'settled':
        this.#settle(entry, record.atMs);
        return;
      case 'forgotten':
        this.#entries.delete(keyOf(record));
        return;
      default:
        exhaustive(record);
    }
  }

  #applyToSettled(record: Exclude<JournalRecord, { type: 'opened' }>): void {
    const settled = this.settledEntry(record);
    if (settled === undefined) return;
    if (record.type === 'forgotten') this.#settled.delete(record.transfer);
    if (record.type === 'settled') this.#settle(settled, record.atMs);
  }

  /** What the first agents published is not known by anything: of that nothing is kept. */
  #settle({ plan, file }: JournalEntry | SettledEntry, settledAtMs: number): void {
    this.#entries.delete(keyOf(plan));
    this.#settled.delete(plan.transfer);
    if (file !== undefined) this.#settled.set(plan.transfer, { plan, file, settledAtMs });
  }

  /** The fewest records that come to the same. */
  toRecords(): readonly JournalRecord[] {
    return [...this.settled.flatMap(recordsOfSettled), ...this.entries.flatMap(recordsOf)];
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
    file: undefined,
  };
}

function recordsOf({ plan, touchedAtMs: atMs, held, digests, stage, file }: JournalEntry): JournalRecord[] {
  const opened: JournalRecord = { type: 'opened', plan, atMs };
  switch (stage) {
    case 'filling':
      return [opened, heldRecord(plan, held.indices(), digests, atMs)];
    case 'publishing':
      return [opened, publishingRecord(plan, held.indices(), digests, file, atMs)];
    case 'discarding':
      return [opened, { type: stage, ...refOf(plan) }];
    default:
      return exhaustive(stage);
  }
}

function recordsOfSettled({ plan, file, settledAtMs: atMs }: SettledEntry): JournalRecord[] {
  const ref = refOf(plan);
  return [
    { type: 'opened', plan, atMs },
    { type: 'publishing', ...ref, chunks: [], file, atMs },
    { type: 'settled', ...ref, atMs },
  ];
}
