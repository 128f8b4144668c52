import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadKeyRing, rotateSigningKey } from './key-ring-file.ts';
import { SigningKeys } from './signing-keys.ts';

const noon = new Date('2026-05-04T12:00:00.000Z');
const after = (seconds: number) => new Date(noon.getTime() + seconds * 1000);

let dataDir: string;
let file: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ferry-key-'));
  file = join(dataDir, 'signing-keys.json');
});

afterEach(() => rm(dataDir, { recursive: true }));

describe('the signing keys', () => {
  test('A18: are made by each hub for itself, of 256 bits, readable by its owner only', async () => {
    const made = await loadKeyRing(dataDir, noon);
    const loaded = await loadKeyRing(dataDir, after(1));

    expect(made.signing.key.symmetricKeySize).toBe(32);
    expect(loaded.signing.kid).toBe(made.signing.kid);
    expect(loaded.signing.key.equals(made.signing.key)).toBe(true);
    expect(await readdir(dataDir)).toEqual(['signing-keys.json']);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('are the same for everybody who comes first', async () => {
    const rings = await Promise.all(Array.from({ length: 8 }, () => loadKeyRing(dataDir, noon)));

    expect(new Set(rings.map((ring) => ring.signing.kid)).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['signing-keys.json']);
  });

  test('start with the one key of an older hub, whose file goes', async () => {
    const key = randomBytes(32);
    await writeFile(join(dataDir, 'signing.key'), key, { mode: 0o600 });

    const ring = await loadKeyRing(dataDir, noon);

    expect(ring.signing.key.export().equals(key)).toBe(true);
    expect(await readdir(dataDir)).toEqual(['signing-keys.json']);
    expect((await loadKeyRing(dataDir, noon)).signing.key.export().equals(key)).toBe(true);
  });

  test('a rotation is in the file, which nobody else may read, and nothing is left beside it', async () => {
    const { signing: old } = await loadKeyRing(dataDir, noon);

    const rotated = await rotateSigningKey(dataDir, after(10));

    const loaded = await loadKeyRing(dataDir, after(10));
    expect(loaded.signing.kid).toBe(rotated.signing.kid);
    expect(loaded.find(old.kid, after(20))?.equals(old.key)).toBe(true);
    expect(await readdir(dataDir)).toEqual(['signing-keys.json']);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('a running hub takes a rotated key within seconds', async () => {
    const keys = new SigningKeys(dataDir);
    const first = await keys.ringAt(noon);
    const { signing } = await rotateSigningKey(dataDir, after(1));

    expect(await keys.ringAt(after(4))).toBe(first);
    expect((await keys.ringAt(after(5))).signing.kid).toBe(signing.kid);
  });

  test('a hub tells of a rotation once, of one before its start too, and of the first key not at all', async () => {
    const told: string[] = [];
    const onRotated = async ({ kid }: { readonly kid: string }) => void told.push(kid);
    const keys = new SigningKeys(dataDir, onRotated);
    await keys.ringAt(noon);
    expect(told).toEqual([]);

    const { signing } = await rotateSigningKey(dataDir, after(1));
    await Promise.all([keys.ringAt(after(6)), keys.ringAt(after(6))]);
    await keys.ringAt(after(12));
    expect(told).toEqual([signing.kid]);

    await new SigningKeys(dataDir, onRotated).ringAt(after(20));
    expect(told).toEqual([signing.kid, signing.kid]);
  });

  test('a rotation that could not be told of is told of at the next look', async () => {
    const told: string[] = [];
    let isDown = true;
    const keys = new SigningKeys(dataDir, async ({ kid }) => {
      if (isDown) throw new Error('the database is away');
      told.push(kid);
    });
    await keys.ringAt(noon);
    const { signing } = await rotateSigningKey(dataDir, after(1));

    await expect(keys.ringAt(after(6))).rejects.toThrow('away');
    isDown = false;
    await keys.ringAt(after(12));

    expect(told).toEqual([signing.kid]);
  });

  test.skipIf(process.platform === 'win32')('A18: are refused when others may read them', async () => {
    await loadKeyRing(dataDir, noon);
    await chmod(file, 0o640);

    await expect(loadKeyRing(dataDir, noon)).rejects.toThrow(/chmod 600/);
  });

  test.each([
    ['cut off', (text: string) => text.slice(0, 80), /does not hold a list of keys/],
    [
      'with a short key',
      (text: string) => text.replace(/"key": ".{43}"/, '"key": "c2hvcnQ"'),
      /has 5 bytes instead of 32/,
    ],
    ['with two keys that sign', twice, /exactly one key/],
    ['of another version', (text: string) => text.replace('"version": 1', '"version": 2'), /does not hold a list/],
  ])('are refused when the file is %s, and nothing of it is shown', async (_what, damage, message) => {
    await loadKeyRing(dataDir, noon);
    const text = await readFile(file, 'utf8');
    const secret = /"key": "(.{43})"/.exec(text)?.[1] ?? '';
    await writeFile(file, damage(text));

    const refusal = await loadKeyRing(dataDir, noon).catch(String);

    expect(refusal).toMatch(message);
    expect(refusal).not.toContain(secret.slice(0, 10));
  });

  test('a short key of an older hub is not taken over', async () => {
    await writeFile(join(dataDir, 'signing.key'), 'short', { mode: 0o600 });

    await expect(loadKeyRing(dataDir, noon)).rejects.toThrow(/5 bytes instead of 32/);
  });

  test('a data directory that is missing is named', async () => {
    const missing = join(dataDir, 'nowhere');

    await expect(loadKeyRing(missing, noon)).rejects.toThrow(missing);
  });
});

function twice(text: string): string {
  const ring = JSON.parse(text) as { keys: unknown[] };
  return JSON.stringify({ ...ring, keys: [...ring.keys, ...ring.keys] });
}
