import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FerryError } from '@ferryline/engine';
import { KEY_BYTES, KeyRing, newKey, newKeyRing } from './key-ring.ts';
import { formatKeyRing, parseKeyRing } from './key-ring-text.ts';

const FILE_NAME = 'signing-keys.json';
/** Where hubs kept their one key before there was a ring: 32 bytes and nothing else. */
const SINGLE_KEY_FILE_NAME = 'signing.key';

export function keyRingFile(dataDir: string): string {
  return join(dataDir, FILE_NAME);
}

/**
 * The keys that access tokens are signed with: of this hub alone, made at its first start, readable by its account only. The single
 * key of an older hub becomes the first of the ring. Removing the file ends every access token; people stay signed in.
 *
 * @throws FerryError INTERNAL when the file cannot be read or made, is damaged, or others may read it.
 */
export async function loadKeyRing(dataDir: string, at: Date): Promise<KeyRing> {
  const file = keyRingFile(dataDir);
  return explained(file, async () => {
    const ring = (await readRing(file)) ?? (await makeRing(file, at));
    // Only now that its key is safe in the ring.
    await rm(singleKeyFile(file), { force: true });
    return ring;
  });
}

/**
 * Makes a new key that signs from now on. Tokens signed with the one before stay good until they expire; a running hub takes the new
 * one within seconds.
 *
 * @throws FerryError INTERNAL when the file cannot be read or replaced.
 */
export async function rotateSigningKey(dataDir: string, at: Date): Promise<KeyRing> {
  const ring = (await loadKeyRing(dataDir, at)).rotated(at);
  const file = keyRingFile(dataDir);
  return explained(file, async () => {
    await withDraft(file, ring, (draft) => rename(draft, file));
    return ring;
  });
}

async function readRing(file: string): Promise<KeyRing | undefined> {
  const bytes = await readSecretFile(file);
  return bytes === undefined ? undefined : parseKeyRing(bytes.toString('utf8'));
}

async function makeRing(file: string, at: Date): Promise<KeyRing> {
  const ring = await firstRing(file, at);
  try {
    // Unlike a rename, a link never replaces: whoever comes second takes the first one's keys.
    await withDraft(file, ring, (draft) => link(draft, file));
    return ring;
  } catch (cause) {
    const winner = await readRing(file);
    if (winner === undefined) throw cause;
    return winner;
  }
}

async function firstRing(file: string, at: Date): Promise<KeyRing> {
  const bytes = await readSecretFile(singleKeyFile(file));
  if (bytes === undefined) return newKeyRing(at);
  if (bytes.length === KEY_BYTES) return new KeyRing([newKey(at, bytes)]);
  throw new Error(`the key ${singleKeyFile(file)}, which it would take over, has ${bytes.length} bytes instead of 32`);
}

/** Writes the ring under another name first, so that the file never shows half of it, whatever crashes when. */
async function withDraft(file: string, ring: KeyRing, publish: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(formatKeyRing(ring));
    await handle.sync();
    await publish(draft);
    await syncDirectory(dirname(file));
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory to sync it, and needs not.
  if (process.platform === 'win32') return;
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readSecretFile(file: string): Promise<Buffer<ArrayBuffer> | undefined> {
  try {
    const bytes = await readFile(file);
    // Windows has no such bits and reports none that mean anything.
    const othersMay = process.platform === 'win32' ? 0 : (await stat(file)).mode & 0o077;
    if (othersMay === 0) return bytes;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
  throw new FerryError('INTERNAL', `Other accounts may read the signing key ${file}. Run: chmod 600 ${file}`);
}

function singleKeyFile(file: string): string {
  return join(dirname(file), SINGLE_KEY_FILE_NAME);
}

async function explained<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FerryError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FerryError(
      'INTERNAL',
      `The signing keys in ${file} cannot be used: ${reason}. If the file is damaged, remove it: the hub makes a new one.`,
      { cause },
    );
  }
}
