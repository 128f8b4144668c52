import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashChunk } from './chunk-hash.ts';

describe('hashChunk', () => {
  test('knows the published SHA-256 of "abc"', () => {
    const digest = hashChunk(Buffer.from('abc'));

    expect(digest.toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test.each([0, 1, 65_535, 65_536, 65_537, 1024 * 1024])('hashes %i bytes as createHash does', (length) => {
    const raw = Buffer.alloc(length, 'ferry');

    const digest = hashChunk(raw);

    expect(digest.length).toBe(32);
    expect(digest.equals(createHash('sha256').update(raw).digest())).toBe(true);
  });

  test('hashes the view, not the memory around it', () => {
    const memory = Buffer.from('before' + 'abc' + 'after');

    const digest = hashChunk(memory.subarray(6, 9));

    expect(digest.equals(hashChunk(Buffer.from('abc')))).toBe(true);
  });
});
