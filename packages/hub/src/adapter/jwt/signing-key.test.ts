import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSigningKey } from './signing-key.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ferry-key-'));
});

afterEach(() => rm(dataDir, { recursive: true }));

describe('the signing key', () => {
  test('is made once, of 256 bits, readable by its owner only', async () => {
    const made = await loadSigningKey(dataDir);
    const loaded = await loadSigningKey(dataDir);

    expect(made.symmetricKeySize).toBe(32);
    expect(loaded.equals(made)).toBe(true);
    expect(await readdir(dataDir)).toEqual(['signing.key']);
    if (process.platform !== 'win32') expect((await stat(join(dataDir, 'signing.key'))).mode & 0o777).toBe(0o600);
  });

  test('is the same for everybody who comes first', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadSigningKey(dataDir)));

    const stored = await readFile(join(dataDir, 'signing.key'));
    expect(keys.every((key) => key.export().equals(stored))).toBe(true);
  });

  test.skipIf(process.platform === 'win32')('is refused when others may read it', async () => {
    await loadSigningKey(dataDir);
    await chmod(join(dataDir, 'signing.key'), 0o640);

    await expect(loadSigningKey(dataDir)).rejects.toThrow(/chmod 600/);
  });

  test('is refused when it is cut off', async () => {
    await writeFile(join(dataDir, 'signing.key'), 'short', { mode: 0o600 });

    await expect(loadSigningKey(dataDir)).rejects.toThrow(/5 bytes instead of 32/);
  });

  test('a data directory that is missing is named', async () => {
    const missing = join(dataDir, 'nowhere');

    await expect(loadSigningKey(missing)).rejects.toThrow(missing);
  });
});
