import type { AllowedRoot, FerryError } from '@ferryline/engine';
import { type Finding, fail, failed, ok, warn } from '../finding.ts';
import { type DiskSight, displayRoom, isLow } from './disk.ts';

export const NO_ROOTS: Finding = warn(
  'No folder was given, and without one an agent does not start.',
  'Give what the agent gets: --allow PATH[:ro|:rw], or FERRY_ALLOW.',
);

export type RootSight =
  /** What an agent says that does not start with this root. */
  | { readonly kind: 'refused'; readonly refusal: FerryError }
  | {
      readonly kind: 'usable';
      readonly root: AllowedRoot;
      /** Why this process may not read, or write, there: a code of the system, as in EACCES. */
      readonly unreadable?: string | undefined;
      readonly unwritable?: string | undefined;
      readonly disk: DiskSight;
    };

export function judgeRoot(sight: RootSight): Finding {
  if (sight.kind === 'refused') return failed(sight.refusal);
  const { root, unreadable, unwritable, disk } = sight;
  if (unreadable !== undefined) {
    return fail(`${root.path} cannot be read (${unreadable}).`, `Let the agent's account read it and enter it.`);
  }
  if (root.access === 'ro') return ok(`${root.path} can be read, as ":ro" says; ${displayRoom(disk)}.`);
  if (unwritable === 'EROFS') {
    return fail(`${root.path} is mounted read-only.`, 'Mount it for writing, or allow it for reading only (:ro).');
  }
  if (unwritable !== undefined) {
    return fail(
      `${root.path} cannot be written (${unwritable}).`,
      "Let the agent's account write there, or allow it for reading only (:ro).",
    );
  }
  if (isLow(disk)) return warn(`${root.path} has little room: ${displayRoom(disk)}.`, 'Make room before files arrive.');
  return ok(`${root.path} can be read and written; ${displayRoom(disk)}.`);
}
