import { hash, subtle } from 'node:crypto';

/** Below this, handing the bytes to the thread pool and back costs more than hashing them here (about 35 µs). */
const THREAD_POOL_PAYS_BYTES = 64 * 1024;

/** SHA-256 of a raw chunk, 32 bytes; large chunks are hashed off the main thread. */
export async function hashChunk(raw: Buffer): Promise<Buffer> {
  if (raw.length < THREAD_POOL_PAYS_BYTES) return hash('sha256', raw, 'buffer');
  return Buffer.from(await subtle.digest('SHA-256', raw as Buffer<ArrayBuffer>));
}
