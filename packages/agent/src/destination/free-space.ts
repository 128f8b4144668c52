import { fstatSync, statfsSync } from 'node:fs';
import { type ErrorDetails, type Failure, FerryError } from '@ferryline/engine';
import type { Directory } from '../paths/directory.ts';

/** Smaller files are not worth asking for: the write itself will say that the disk is full. */
const WORTH_ASKING_BYTES = 1024 * 1024;

/** What `blocks` of a file counts in, whatever the file system's own blocks are. */
const BLOCK_BYTES = 512;

/** @throws FerryError NO_SPACE when a file of that size cannot fit on the directory's file system. */
export function assertRoom(directory: Directory, sizeBytes: number, path: string): void {
  if (sizeBytes < WORTH_ASKING_BYTES) return;
  assertFree(directory, sizeBytes, path);
}

/**
 * What a partial file has taken of the disk counts as there, and what is known to be in it, which compression may have made smaller.
 *
 * @throws FerryError NO_SPACE when the rest of a file does not fit.
 */
export function assertRoomForRest(
  directory: Directory,
  partial: { readonly fd: number; readonly sizeBytes: number; readonly heldBytes: number },
  path: string,
): void {
  const takenBytes = fstatSync(partial.fd).blocks * BLOCK_BYTES;
  const restBytes = partial.sizeBytes - Math.max(partial.heldBytes, takenBytes);
  if (restBytes > 0) assertFree(directory, restBytes, path);
}

/** Whether all that is wrong is that there is no room now, on the disk or in the user's quota: what was written before is as good as it was. */
export function isRoomLacking(thrown: unknown): thrown is FerryError {
  if (!(thrown instanceof FerryError) || thrown.code !== 'NO_SPACE') return false;
  return 'freeBytes' in thrown.details || thrown.details.errno === 'ENOSPC' || thrown.details.errno === 'EDQUOT';
}

/** What people are told of a file that waits for room, for want of which something failed. */
export function waitingForRoom(path: string, { code, details }: FerryError): Failure {
  return { code, message: `${path} waits for room: ${lackOf(details)}. Make room there: it goes on by itself.` };
}

function lackOf({ bytes, freeBytes, errno }: ErrorDetails): string {
  if (errno === 'EDQUOT') return "the quota of the agent's user is used up";
  if (errno === 'ENOSPC') return 'the disk at the destination is full';
  return `${bytes} bytes more are needed, and the disk at the destination has ${freeBytes} free`;
}

function assertFree(directory: Directory, bytes: number, path: string): void {
  const { bavail, bsize } = statfsSync(directory.path);
  const freeBytes = bavail * bsize;
  if (bytes <= freeBytes) return;
  throw new FerryError(
    'NO_SPACE',
    `${path} needs ${bytes} bytes and the disk at the destination has ${freeBytes} free. Make room and try again.`,
    { details: { bytes, freeBytes } },
  );
}
