import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 how a process that moves megabytes through few objects collects garbage. By default 64 MiB of new buffers start a full
 * collection of a heap in which nothing died, 50 times for each GiB; counted within the heap's global limit they do not, and memory
 * does not grow (docs/adr/0006). Call it first: it governs what is allocated after it.
 */
export function tuneGarbageCollection(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
