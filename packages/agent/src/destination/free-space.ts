import { statfsSync } from 'node:fs';
import { FerryError } from '@ferryline/engine';
import type { Directory } from '../paths/directory.ts';

/** Smaller files are not worth asking for: the write itself will say that the disk is full. */
const WORTH_ASKING_BYTES = 1024 * 1024;

/** @throws FerryError NO_SPACE when a file of that size cannot fit on the directory's file system. */
export function assertRoom(directory: Directory, sizeBytes: number, path: string): void {
  if (sizeBytes < WORTH_ASKING_BYTES) return;
  const { bavail, bsize } = statfsSync(directory.path);
  const freeBytes = bavail * bsize;
  if (sizeBytes <= freeBytes) return;
  throw new FerryError(
    'NO_SPACE',
    `${path} needs ${sizeBytes} bytes and the disk at the destination has ${freeBytes} free. Make room and try again.`,
    { details: { sizeBytes, freeBytes } },
  );
}
