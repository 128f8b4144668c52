import type { ErrorCode } from '../common/errors.ts';

/** A directory that a run makes at its destination; names count from the run's destination. */
export interface PlannedDirectory {
  readonly kind: 'directory';
  readonly names: readonly string[];
  readonly mode: number;
  readonly mtimeNs: string;
}

/** A symbolic link that a run makes at its destination; relative, and inside the tree. */
export interface PlannedLink {
  readonly kind: 'symlink';
  readonly names: readonly string[];
  readonly target: string;
}

/** What a run makes beside its files, kept so that a restarted hub can finish it. */
export type TreeEntry = (PlannedDirectory | PlannedLink) & { readonly ordinal: number };

/** Something a run did not copy, or could not, for its report: a skipped special file, a directory that could not be made. */
export interface RunIssue {
  readonly path: string;
  /** Absent when it was passed over by rule, not by failure. */
  readonly code?: ErrorCode;
  readonly message: string;
}
