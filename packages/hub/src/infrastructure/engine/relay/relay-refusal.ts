import type { TransferRef } from '@ferryline/engine';
import { FerryError } from '../../../domain/common/errors.ts';
import { errnoOf } from './disk-error.ts';

/** Why the relay's disk does not do what it was asked. */

export function contradiction({ transfer, attempt }: TransferRef, chunkIndex: number): FerryError {
  return new FerryError(
    'PROTOCOL',
    `Chunk ${chunkIndex} of transfer ${transfer} came with another hash than the one that is stored of this attempt.`,
    { details: { transfer, attempt, chunkIndex } },
  );
}

export function over({ transfer, attempt }: TransferRef): FerryError {
  return new FerryError('CANCELLED', `Nobody needs attempt ${attempt} of transfer ${transfer} any more.`, {
    details: { transfer, attempt },
  });
}

export function stopping(): FerryError {
  return new FerryError('CANCELLED', 'The hub is stopping: nothing is stored or read any more.');
}

export function unknownTransfer({ transfer, attempt }: TransferRef): FerryError {
  return new FerryError('NOT_FOUND', `There is no transfer ${transfer} any more.`, { details: { transfer, attempt } });
}

export function notStored({ transfer, attempt }: TransferRef, chunkIndex: number): FerryError {
  return new FerryError('NOT_FOUND', `Chunk ${chunkIndex} of transfer ${transfer} is not on the relay's disk.`, {
    details: { transfer, attempt, chunkIndex },
  });
}

/** A file system did not read back. When it has lost the bytes it has to be sent again; when it is only short of something, not yet. */
export function unreadable({ transfer, attempt }: TransferRef, chunkIndex: number, cause: unknown): FerryError {
  const errno = errnoOf(cause);
  const code = errno === 'ENOENT' ? 'NOT_FOUND' : errno === 'EIO' ? 'CHUNK_CORRUPT' : 'INTERNAL';
  return new FerryError(
    code,
    `Chunk ${chunkIndex} of transfer ${transfer} cannot be read from the relay's disk (${errno ?? String(cause)}).`,
    { cause, details: { transfer, attempt, chunkIndex, errno } },
  );
}
