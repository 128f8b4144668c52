import { type ErrorCode, FerryError } from '@ferryline/engine';

/** What an errno means at one end of a transfer, and what a person can do about it. */
type Meanings = Readonly<Record<string, readonly [ErrorCode, string]>>;

const sourceMeanings: Meanings = {
  ENOENT: ['SOURCE_NOT_FOUND', 'does not exist on the source agent'],
  ENOTDIR: ['SOURCE_NOT_FOUND', 'does not exist on the source agent: something above it is not a directory'],
  EACCES: ['SOURCE_UNREADABLE', "may not be read by the agent's user. Give that user read access"],
  EPERM: ['SOURCE_UNREADABLE', "may not be read by the agent's user. Give that user read access"],
  EIO: ['SOURCE_UNREADABLE', 'cannot be read: the disk reports an error. Check the disk'],
  ELOOP: ['PATH_NOT_ALLOWED', 'is, or lies behind, a symbolic link, which is not followed. Name what it points to'],
};

const destinationMeanings: Meanings = {
  ENOSPC: ['NO_SPACE', 'does not fit: the disk at the destination is full. Make room and try again'],
  EDQUOT: ['NO_SPACE', "does not fit: the quota of the agent's user is used up. Make room and try again"],
  EFBIG: ['NO_SPACE', 'is larger than the file system at the destination allows'],
  EEXIST: ['DESTINATION_EXISTS', 'exists already at the destination'],
  EISDIR: ['DESTINATION_EXISTS', 'is a directory at the destination. To copy into it, end the path with /'],
  ENOTEMPTY: ['DESTINATION_EXISTS', 'is a directory at the destination. To copy into it, end the path with /'],
  EACCES: ['DESTINATION_UNWRITABLE', "may not be written by the agent's user. Give that user write access"],
  EPERM: ['DESTINATION_UNWRITABLE', "may not be written by the agent's user. Give that user write access"],
  EROFS: ['DESTINATION_UNWRITABLE', 'cannot be written: the file system is mounted read-only'],
  EIO: ['DESTINATION_UNWRITABLE', 'cannot be written: the disk reports an error. Check the disk'],
  ENAMETOOLONG: ['DESTINATION_UNWRITABLE', 'has a name that is too long for the file system at the destination'],
  ENOTDIR: ['DESTINATION_UNWRITABLE', 'cannot be written: something above it is a file, not a directory'],
  ENOENT: ['DESTINATION_UNWRITABLE', 'cannot be written: its directory went away'],
  ELOOP: ['PATH_NOT_ALLOWED', 'lies behind a symbolic link, which is not followed. Name what it points to'],
};

/** A failure at the source as a FerryError that names the path as people write it. */
export function asSourceError(cause: unknown, path: string): FerryError {
  return explain(cause, path, sourceMeanings, 'SOURCE_UNREADABLE', 'cannot be read');
}

/** A failure at the destination as a FerryError that names the path as people write it. */
export function asDestinationError(cause: unknown, path: string): FerryError {
  return explain(cause, path, destinationMeanings, 'DESTINATION_UNWRITABLE', 'cannot be written');
}

/** The errno name of a failed system call, or undefined for any other error. */
export function errnoOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

function explain(cause: unknown, path: string, meanings: Meanings, code: ErrorCode, what: string): FerryError {
  if (cause instanceof FerryError) return cause;
  const errno = errnoOf(cause);
  if (errno === undefined) return FerryError.from(cause);
  const meaning = meanings[errno];
  if (meaning !== undefined) return new FerryError(meaning[0], `${path} ${meaning[1]}.`, { cause, details: { errno } });
  // Node's message names the path it was given, which is one of /proc: the errno alone is shown.
  return new FerryError(code, `${path} ${what} (${errno}).`, { cause, details: { errno } });
}
