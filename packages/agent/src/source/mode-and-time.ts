import type { BigIntStats } from 'node:fs';

/** What of a file or directory is set anew at its destination: permission bits and the time of its last change. */
export function modeAndTime(stats: BigIntStats): { readonly mode: number; readonly mtimeNs: string } {
  return { mode: Number(stats.mode & 0o777n), mtimeNs: String(stats.mtimeNs) };
}
