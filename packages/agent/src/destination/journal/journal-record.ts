import { crc32 } from 'node:zlib';
import type { DigestList, TransferRef } from '@ferryline/engine';
import type { ReceivePlan } from '../core/events.ts';

/** What a destination remembers of a transfer, one fact a record; `atMs` is in milliseconds since 1970, by the agent's clock. */
export type JournalRecord =
  /** A partial file is about to be made for this plan; what was remembered of the attempt does not hold any more. */
  | { readonly type: 'opened'; readonly plan: ReceivePlan; readonly atMs: number }
  /** These chunks of the partial file survive a crash: index, and SHA-256 in base64. */
  | (RefRecord<'held'> & {
      readonly chunks: readonly (readonly [index: number, digest: string])[];
      readonly atMs: number;
    })
  /** The intent (FAULTS.md P7): from here on, a partial file that is gone was put in its place. */
  | RefRecord<'publishing'>
  /** The file stands at its path. */
  | RefRecord<'published'>
  /** The partial file is about to be removed. */
  | RefRecord<'discarding'>
  /** Nothing is left to remember. */
  | RefRecord<'forgotten'>;

interface RefRecord<Type extends string> {
  readonly type: Type;
  readonly transfer: number;
  readonly attempt: number;
}

/** That these chunks survive a crash. */
export function heldRecord(
  { transfer, attempt }: TransferRef,
  indices: Iterable<number>,
  digests: DigestList,
  atMs: number,
): JournalRecord {
  const chunks = Array.from(indices, (index) => [index, digests.get(index).toString('base64')] as const);
  return { type: 'held', transfer, attempt, chunks, atMs };
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
