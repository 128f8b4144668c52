import { displayBytes } from '../../display/quantity.ts';

/** Room on a file system, for those who are not root. */
export interface DiskSight {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Both 0 where the file system does not count them. */
  readonly freeInodes: number;
  readonly totalInodes: number;
}

const LOW_SHARE = 0.05;
const LOW_BYTES = 2 * 1024 ** 3;

export function displayRoom({ freeBytes, totalBytes, freeInodes, totalInodes }: DiskSight): string {
  const bytes = `${displayBytes(freeBytes)} (${percent(freeBytes, totalBytes)})`;
  return totalInodes === 0 ? `${bytes} free` : `${bytes} and ${percent(freeInodes, totalInodes)} of the inodes free`;
}

/** Less than 5 % of bytes or inodes, or than 2 GiB. */
export function isLow({ freeBytes, totalBytes, freeInodes, totalInodes }: DiskSight): boolean {
  if (freeBytes < LOW_BYTES || freeBytes < totalBytes * LOW_SHARE) return true;
  return totalInodes > 0 && freeInodes < totalInodes * LOW_SHARE;
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? 0 : Math.floor((part / whole) * 100)} %`;
}
