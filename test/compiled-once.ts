import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives all processes of a run of tests one place where they find their programs compiled: half of what a short life costs. A process
 * that is killed leaves nothing there for the next one. Returns what removes it.
 */
export function setup(): () => void {
  // Every project of the run asks; somebody may have named a place.
  if (process.env.NODE_COMPILE_CACHE !== undefined) return () => undefined;
  const folder = mkdtempSync(join(tmpdir(), 'ferry-compiled-'));
  process.env.NODE_COMPILE_CACHE = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
