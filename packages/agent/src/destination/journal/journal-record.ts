import { crc32 } from 'node:zlib';
import type { DigestList, TransferRef } from '@ferryline/engine';
import type { ReceivePlan } from '../core/events.ts';

/** What a destination remembers of a transfer, one fact a record; `atMs` is in milliseconds since 1970, by the agent's clock. */
export type JournalRecord =
  /** A partial file is about to be made for this plan; what was remembered of the attempt does not hold any more. */
  | { readonly type: 'opened'; readonly plan: ReceivePlan; readonly atMs: number }
  /** These chunks of the partial file survive a crash. */
  | (RefRecord<'held'> & HeldChunks)
  /** The intent (FAULTS.md P7): from here on, a partial file that is gone was put in its place. These chunks survive a crash as well. */
  | (RefRecord<'publishing'> & HeldChunks)
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

/** That these chunks survive a crash; with the intent to publish, or without. */
export function heldRecord(
  type: 'held' | 'publishing',
  { transfer, attempt }: TransferRef,
  indices: Iterable<number>,
  digests: DigestList,
  atMs = Date.now(),
): JournalRecord {
  const chunks = Array.from(indices, (index) => [index, digests.get(index).toString('base64')] as const);
  return { type, transfer, attempt, chunks, atMs };
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
