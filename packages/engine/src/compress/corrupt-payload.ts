import { FerryError } from '../error/ferry-error.ts';
import type { Compression } from '../protocol/frame.ts';

/** The error for a payload that cannot be what its header says. */
export function corruptPayload(name: Compression, rawLength: number, why: string, cause?: unknown): FerryError {
  return new FerryError('CHUNK_CORRUPT', `A ${name} payload does not hold the ${rawLength} bytes it states: ${why}.`, {
    cause,
  });
}
