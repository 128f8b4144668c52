import { FerryError } from '../../../domain/common/errors.ts';

/** The errno name of a failed system call, or undefined for any other error. */
export function errnoOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/** Whether a call failed because the file system, or the quota that the system sets the hub's account, has no room. */
export function isFull(cause: unknown): boolean {
  const errno = errnoOf(cause);
  return errno === 'ENOSPC' || errno === 'EDQUOT';
}

/** The disk is full: what was not stored can be stored when there is room again. */
export function diskFull(cause: unknown): FerryError {
  const errno = errnoOf(cause);
  return new FerryError(
    'NO_SPACE',
    `The relay cannot store more: the disk of the hub is full (${errno}). Make room on it.`,
    {
      cause,
      details: { errno },
    },
  );
}

/** The disk refused something else. @param doing as in "open its file 7.1.frames" */
export function diskRefused(doing: string, cause: unknown): FerryError {
  const reason = errnoOf(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return new FerryError('INTERNAL', `The relay cannot ${doing} (${reason}). Check the disk of the hub.`, {
    cause,
    details: { errno: errnoOf(cause) },
  });
}
