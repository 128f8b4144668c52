import { statfs } from 'node:fs/promises';
import type { DiskSight } from './rule/disk.ts';

/** @throws what the system says when nothing is at that path */
export async function diskSight(path: string): Promise<DiskSight> {
  const { bavail, blocks, bsize, ffree, files } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeInodes: ffree, totalInodes: files };
}
