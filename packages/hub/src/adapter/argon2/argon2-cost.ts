import { totalmem } from 'node:os';
import type { Argon2Hash } from './phc-string.ts';

/** How much work one hash is. */
export type Argon2Cost = Pick<Argon2Hash, 'memoryKiB' | 'passes' | 'parallelism'>;

/** OWASP's minimum for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes; about 35 ms. */
export const lowestCost: Argon2Cost = { memoryKiB: 19_456, passes: 2, parallelism: 1 };
/** What a machine with memory to spare can afford: about 160 ms for each guess of a thief. */
export const fullCost: Argon2Cost = { memoryKiB: 65_536, passes: 3, parallelism: 1 };
const ROOMY_MEMORY_BYTES = 2 * 2 ** 30;

/** The cost for a machine (or a container) with that much memory; without a figure, for this one. */
export function affordableCost(memoryBytes = availableMemoryBytes()): Argon2Cost {
  return memoryBytes >= ROOMY_MEMORY_BYTES ? fullCost : lowestCost;
}

/** Whether a hash of that cost is easier to guess against than one of the wanted cost. */
export function isCheaper(cost: Argon2Cost, wanted: Argon2Cost): boolean {
  return cost.memoryKiB < wanted.memoryKiB || cost.passes < wanted.passes;
}

function availableMemoryBytes(): number {
  // Without a limit Node reports 0 or something beyond any machine.
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
