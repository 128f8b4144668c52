import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FerryError } from '../error/ferry-error.ts';
import { codecFor } from './codecs.ts';
import { THREAD_POOL_PAYS_BYTES } from './thread-pool.ts';

const names = ['none', 'zstd', 'lz4'] as const;
const TEXT = Buffer.from('one line of a log that repeats itself, as logs do\n'.repeat(4000));

describe.each(names)('the %s codec', (name) => {
  const codec = codecFor(name);

  test('is found by its name', () => {
    expect(codec.name).toBe(name);
  });

  test('gives back any chunk', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3000 }), async (bytes) => {
        const raw = Buffer.from(bytes);
        const payload = await codec.compress(raw);
        expect((await codec.decompress(payload, raw.length)).equals(raw)).toBe(true);
      }),
    );
  });

  test.each([
    ['one byte', Buffer.from('x')],
    ['the last size that is done on the spot', TEXT.subarray(0, THREAD_POOL_PAYS_BYTES - 1)],
    ['the first size for the thread pool', TEXT.subarray(0, THREAD_POOL_PAYS_BYTES)],
    ['text', TEXT],
    ['1 MiB of random bytes', randomBytes(1024 * 1024)],
    ['1 MiB of zeros', Buffer.alloc(1024 * 1024)],
    ['64 MiB, the largest chunk', Buffer.alloc(64 * 1024 * 1024, TEXT)],
  ])('gives back %s', async (_what, raw) => {
    const payload = await codec.compress(raw);
    const again = await codec.decompress(payload, raw.length);

    expect(again.equals(raw)).toBe(true);
  });

  test.each([1, 1000, THREAD_POOL_PAYS_BYTES, TEXT.length])(
    'refuses %i bytes that claim one more or less',
    async (length) => {
      const payload = await codec.compress(TEXT.subarray(0, length));

      expect(await refusalCode(codec.decompress(payload, length + 1))).toBe('CHUNK_CORRUPT');
      expect(await refusalCode(codec.decompress(payload, length - 1))).toBe('CHUNK_CORRUPT');
    },
  );

  test.each([0, -1, 0.5, Number.NaN, 64 * 1024 * 1024 + 1, 2 ** 32 - 1, 2 ** 53])(
    'refuses a raw length of %d before it makes anything',
    async (rawLength) => {
      const payload = await codec.compress(Buffer.from('chunk'));

      expect(await refusalCode(codec.decompress(payload, rawLength))).toBe('CHUNK_CORRUPT');
    },
  );

  test('refuses every payload that was cut short', async () => {
    const raw = TEXT.subarray(0, 300);
    const payload = await codec.compress(raw);

    for (let length = 0; length < payload.length; length += 1) {
      expect(await refusalCode(codec.decompress(payload.subarray(0, length), raw.length))).toBe('CHUNK_CORRUPT');
    }
  });

  test('makes of any bytes the stated length or CHUNK_CORRUPT', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 1, max: 70_000 }),
        async (bytes, rawLength) => {
          await expectExactlyOrRefused(codec.decompress(Buffer.from(bytes), rawLength), rawLength);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('makes of a damaged payload the stated length or CHUNK_CORRUPT', async () => {
    const raw = TEXT.subarray(0, 2000);
    const payload = await codec.compress(raw);
    const damage = fc.array(fc.tuple(fc.nat(payload.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const damaged = Buffer.from(payload);
        for (const [at, byte] of changes) damaged[at] = byte;
        await expectExactlyOrRefused(codec.decompress(damaged, raw.length), raw.length);
      }),
      { numRuns: 1000 },
    );
  });
});

async function expectExactlyOrRefused(decompressing: Promise<Buffer>, rawLength: number): Promise<void> {
  const outcome = await decompressing.catch((thrown: unknown) => thrown);
  if (Buffer.isBuffer(outcome)) expect(outcome.length).toBe(rawLength);
  else expect(outcome).toMatchObject({ name: 'FerryError', code: 'CHUNK_CORRUPT' });
}

async function refusalCode(decompressing: Promise<Buffer>): Promise<string> {
  return decompressing.then(
    () => 'accepted',
    (thrown: unknown) => FerryError.from(thrown).code,
  );
}
