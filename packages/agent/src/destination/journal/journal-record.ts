import { crc32 } from 'node:zlib';
import type { DigestList, TransferRef } from '@ferryline/engine';
import type { ReceivePlan } from '../core/events.ts';
import type { PublishedFile } from '../published-file.ts';

/** What a destination remembers of a transfer, one fact a record; `atMs` is in milliseconds since 1970, by the agent's clock. */
export type JournalRecord =
  /** A partial file is about to be made for this plan; what was remembered of the attempt does not hold any more. */
  | { readonly type: 'opened'; readonly plan: ReceivePlan; readonly atMs: number }
  /** These chunks of the partial file survive a crash. */
  | (RefRecord<'held'> & HeldChunks)
  /**
   * The intent (FAULTS.md P7): from here on, a partial file that is gone was put in its place, as this file (not said by the first
   * agents). These chunks survive a crash as well.
   */
  | (RefRecord<'publishing'> & HeldChunks & { readonly file?: PublishedFile | undefined })
  /** The hub has recorded that the file is published. */
  | (RefRecord<'settled'> & { readonly atMs: number })
  /** The partial file is about to be removed. */
  | RefRecord<'discarding'>
  /** Nothing is left to remember. */
  | RefRecord<'forgotten'>;

interface RefRecord<Type extends string> {
  readonly type: Type;
  readonly transfer: number;
  readonly attempt: number;
}

interface HeldChunks {
  /** Index, and SHA-256 in base64. */
  readonly chunks: readonly (readonly [index: number, digest: string])[];
  readonly atMs: number;
}

/** That these chunks survive a crash. */
export function heldRecord(
  { transfer, attempt }: TransferRef,
  indices: Iterable<number>,
  digests: DigestList,
  atMs = Date.now(),
): JournalRecord {
  return { type: 'held', transfer, attempt, chunks: chunksOf(indices, digests), atMs };
}

/** That these chunks survive a crash, and this file is about to be published. */
export function publishingRecord(
  { transfer, attempt }: TransferRef,
  indices: Iterable<number>,
  digests: DigestList,
  file: PublishedFile | undefined,
  atMs = Date.now(),
): JournalRecord {
  return { type: 'publishing', transfer, attempt, chunks: chunksOf(indices, digests), file, atMs };
}

function chunksOf(indices: Iterable<number>, digests: DigestList): HeldChunks['chunks'] {
  return Array.from(indices, (index) => [index, digests.get(index).toString('base64')] as const);
}

/** A record as a line of text: the CRC-32 of its JSON in hexadecimal, a space, the JSON. */
export function encodeRecord(record: JournalRecord): string {
  const json = JSON.stringify(record);
  return `${checksumOf(json)} ${json}\n`;
}

/** The record of a line; undefined for a line that was torn or damaged. */
export function decodeRecord(line: string): JournalRecord | undefined {
  const json = line.slice(9);
  if (line.slice(0, 8) !== checksumOf(json) || line[8] !== ' ') return undefined;
  return JSON.parse(json) as JournalRecord;
}

function checksumOf(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}
