import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileHasher } from './file-hasher.ts';

describe('FileHasher', () => {
  test('of nothing is what sha256sum prints for an empty file', () => {
    expect(new FileHasher().digest()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test('does not depend on how the file was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (pieces) => {
        const hasher = new FileHasher();
        for (const piece of pieces) hasher.update(piece);

        expect(hasher.digest()).toBe(createHash('sha256').update(Buffer.concat(pieces)).digest('hex'));
      }),
    );
  });

  test('gives its digest once', () => {
    const hasher = new FileHasher();
    hasher.digest();

    expect(() => hasher.digest()).toThrow();
  });
});
