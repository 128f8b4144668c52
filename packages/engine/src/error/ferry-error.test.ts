import { describe, expect, test } from 'vitest';
import { errorCodeNames } from './codes.ts';
import { FerryError } from './ferry-error.ts';

describe('FerryError', () => {
  test('says by its code whether trying again by itself can help', () => {
    expect(new FerryError('CHUNK_CORRUPT', 'damaged').retryable).toBe(true);
    expect(new FerryError('NO_SPACE', 'full').retryable).toBe(false);
  });

  test.each(errorCodeNames)('%s has an HTTP status of an error and an exit code from 1 to 5', (code) => {
    const error = new FerryError(code, 'a sentence');

    expect(error.httpStatus).toBeGreaterThanOrEqual(400);
    expect(error.httpStatus).toBeLessThan(600);
    expect([1, 2, 3, 4, 5]).toContain(error.exitCode);
  });

  test('made from one of ours is that one', () => {
    const error = new FerryError('CONFLICT', 'taken', { details: { name: 'a' } });

    expect(FerryError.from(error)).toBe(error);
  });

  test.each([new Error('broken'), 'broken'])(
    'made from anything else is INTERNAL and keeps the cause: case %#',
    (thrown) => {
      const error = FerryError.from(thrown);

      expect(error).toMatchObject({ code: 'INTERNAL', message: 'Unexpected failure: broken' });
      expect(error.cause).toBe(thrown);
    },
  );
});
