import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { chooseCompression } from './choose.ts';

const text = (length: number): Buffer => Buffer.alloc(length, 'a line of a log\n');

describe('chooseCompression', () => {
  test.each(['none', 'zstd', 'lz4'] as const)('lets the choice of %s stand, whatever the sample', async (choice) => {
    expect(await chooseCompression(choice, randomBytes(1000))).toBe(choice);
    expect(await chooseCompression(choice, text(1000))).toBe(choice);
    expect(await chooseCompression(choice, Buffer.alloc(0))).toBe(choice);
  });

  test.each([512, 4096, 1024 * 1024])('of auto is zstd for %i bytes of text', async (length) => {
    expect(await chooseCompression('auto', text(length))).toBe('zstd');
  });

  test.each([512, 4096, 1024 * 1024])('of auto is none for %i random bytes', async (length) => {
    expect(await chooseCompression('auto', randomBytes(length))).toBe('none');
  });

  test.each([0, 1, 511])('of auto is none for %i bytes, however alike', async (length) => {
    expect(await chooseCompression('auto', Buffer.alloc(length))).toBe('none');
  });

  test('of auto asks for a tenth saved', async () => {
    const randomFor = (share: number): Buffer =>
      Buffer.concat([randomBytes(60_000 * share), Buffer.alloc(60_000 * (1 - share))]);

    expect(await chooseCompression('auto', randomFor(0.95))).toBe('none');
    expect(await chooseCompression('auto', randomFor(0.85))).toBe('zstd');
  });

  test('of auto judges by the first 64 KiB', async () => {
    const archiveThenText = Buffer.concat([randomBytes(64 * 1024), text(1024 * 1024)]);

    expect(await chooseCompression('auto', archiveThenText)).toBe('none');
  });
});
