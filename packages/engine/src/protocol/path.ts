import { z } from 'zod';

/** The longest file name that common file systems store, in bytes of UTF-8 (Linux NAME_MAX). */
export const MAX_NAME_BYTES = 255;
/** Deeper trees are refused: 4,096 bytes of path (Linux PATH_MAX) hold no more names than this. */
export const MAX_PATH_DEPTH = 2048;

/** True for one name inside a directory: not empty, not `.` or `..`, no separator, no NUL, at most 255 bytes of UTF-8. */
export function isEntryName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  // Half a surrogate pair has no UTF-8: it would be stored as U+FFFD, under a name that nobody asked for.
  if (!name.isWellFormed()) return false;
  return !name.includes('/') && !name.includes('\0') && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}

const entryNameSchema = z.string().refine(isEntryName, 'not a file name');

/** Names below a root, outermost first; empty means the root itself. */
export const namesSchema = z.array(entryNameSchema).max(MAX_PATH_DEPTH);

/**
 * A place on an agent: one of its allowed roots, spelled as the agent reported it, and the names below it. Never a string to
 * be joined (DESIGN.md promise 6), so that `..` and separators have nowhere to hide.
 */
export const rootPathSchema = z.object({ root: z.string().min(1).max(4096), names: namesSchema });
export type RootPath = z.infer<typeof rootPathSchema>;
