import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DigestList } from './digest-list.ts';

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

describe('DigestList', () => {
  test('of a file without chunks hashes nothing', () => {
    expect(new DigestList(0).hash()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test('hashes to what PROTOCOL.md section 6 shows for the one chunk "hello"', () => {
    const list = new DigestList(1);
    list.set(0, digestOf('hello'));

    expect(list.hash()).toBe('9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50');
  });

  test('is in index order, whatever the order of arrival', () => {
    const digests = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1 });
    const shuffled = digests.chain((inOrder) =>
      fc.record({
        inOrder: fc.constant(inOrder),
        arrival: fc.shuffledSubarray([...inOrder.keys()], fullLength(inOrder)),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ inOrder, arrival }) => {
        const list = new DigestList(inOrder.length);
        for (const index of arrival) list.set(index, inOrder[index] ?? new Uint8Array());

        expect(list.hash()).toBe(createHash('sha256').update(Buffer.concat(inOrder)).digest('hex'));
        for (const [index, digest] of inOrder.entries()) expect(list.get(index).equals(digest)).toBe(true);
      }),
    );
  });

  test('does not hash while a digest is missing, and counts a repeated one once', () => {
    const list = new DigestList(2);
    list.set(0, digestOf('a'));
    list.set(0, digestOf('a'));

    expect(() => list.hash()).toThrow('1 chunks have no digest yet');
  });

  test('takes the later digest of a chunk', () => {
    const list = new DigestList(1);
    list.set(0, digestOf('old'));
    list.set(0, digestOf('new'));

    expect(list.get(0).equals(digestOf('new'))).toBe(true);
  });

  test('keeps a copy: the memory that a digest came in may be used again', () => {
    const list = new DigestList(1);
    const digest = digestOf('a');
    list.set(0, digest);
    digest.fill(0);

    expect(list.get(0).equals(digestOf('a'))).toBe(true);
  });

  test.each([-1, 2, 0.5, Number.NaN])('has no place %d in a list of two', (index) => {
    const list = new DigestList(2);

    expect(() => list.set(index, digestOf('a'))).toThrow(RangeError);
    expect(() => list.get(index)).toThrow(RangeError);
  });

  test.each([0, 31, 33, 64])('refuses a digest of %i bytes', (length) => {
    const list = new DigestList(2);

    expect(() => list.set(0, Buffer.alloc(length))).toThrow(RangeError);
    expect(list.get(1).equals(Buffer.alloc(32))).toBe(true);
  });
});

function fullLength(list: readonly unknown[]): { minLength: number; maxLength: number } {
  return { minLength: list.length, maxLength: list.length };
}
