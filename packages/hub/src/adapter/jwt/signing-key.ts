import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FerryError } from '@ferryline/engine';

const FILE_NAME = 'signing.key';
/** HS256 wants a key as long as its hash (RFC 7518, section 3.2). */
const KEY_BYTES = 32;

/**
 * The key that access tokens are signed with: of this hub alone, made at its first start, readable by its account only. Removing
 * the file signs everybody out.
 *
 * @throws FerryError INTERNAL when the file cannot be read or made, is not a key, or others may read it.
 */
export async function loadSigningKey(dataDir: string): Promise<KeyObject> {
  const file = join(dataDir, FILE_NAME);
  try {
    const existing = await readKey(file);
    return createSecretKey(existing ?? (await makeKey(file)));
  } catch (cause) {
    if (cause instanceof FerryError) throw cause;
    const { message } = FerryError.from(cause);
    throw new FerryError('INTERNAL', `The signing key ${file} cannot be used. ${message}`, { cause });
  }
}

async function readKey(file: string): Promise<Buffer | undefined> {
  let key: Buffer;
  try {
    key = await readFile(file);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
  // Windows has no such bits and reports none that mean anything.
  const othersMay = process.platform === 'win32' ? 0 : (await stat(file)).mode & 0o077;
  if (othersMay !== 0) {
    throw new FerryError('INTERNAL', `Other accounts may read the signing key ${file}. Run: chmod 600 ${file}`);
  }
  if (key.length !== KEY_BYTES) {
    throw new FerryError(
      'INTERNAL',
      `The signing key ${file} is damaged: it has ${key.length} bytes instead of ${KEY_BYTES}. Remove it; the hub makes a new one, and people sign in again.`,
    );
  }
  return key;
}

/** Makes the key under another name first, so that the file never shows half a key; whoever comes second takes the first one's. */
async function makeKey(file: string): Promise<Buffer> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    const key = randomBytes(KEY_BYTES);
    await handle.writeFile(key);
    await handle.sync();
    await link(draft, file);
    return key;
  } catch (cause) {
    const winner = await readKey(file);
    if (winner === undefined) throw cause;
    return winner;
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}
