import { FerryError } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readInTries } from './read-tries.ts';

describe('F50: a read that fails', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([1, 2])('is tried again %i times, when that helps', async (failures) => {
    const read = failing(errno('EIO'), failures);

    const reading = readInTries(read, new AbortController().signal);
    await vi.runAllTimersAsync();

    await expect(reading).resolves.toBeUndefined();
    expect(read).toHaveBeenCalledTimes(failures + 1);
  });

  test('fails for good when it failed three times', async () => {
    const read = failing(errno('EIO'), 3);

    const reading = Promise.allSettled([readInTries(read, new AbortController().signal)]);
    await vi.runAllTimersAsync();

    expect(await reading).toMatchObject([{ status: 'rejected', reason: { code: 'EIO' } }]);
    expect(read).toHaveBeenCalledTimes(3);
  });

  test('is given more time before the third try than before the second', async () => {
    const read = failing(errno('EIO'), 2);
    const triedAtMs: number[] = [];
    const begunAtMs = Date.now();

    const reading = readInTries(() => {
      triedAtMs.push(Date.now() - begunAtMs);
      return read();
    }, new AbortController().signal);
    await vi.runAllTimersAsync();
    await reading;

    expect(triedAtMs).toEqual([0, 100, 1_100]);
  });

  test.each([
    ['ENOENT', errno('ENOENT')],
    ['EACCES', errno('EACCES')],
    ['EISDIR', errno('EISDIR')],
    ['a change of the file', new FerryError('SOURCE_CHANGED', 'It is shorter than it was.')],
  ])('is not tried again for %s, which stays', async (_what, error) => {
    const read = failing(error, 1);

    await expect(readInTries(read, new AbortController().signal)).rejects.toBe(error);
    expect(read).toHaveBeenCalledTimes(1);
  });

  test('keeps nobody waiting who does not want it any more', async () => {
    const closed = new AbortController();
    const read = failing(errno('EIO'), 3);

    const reading = Promise.allSettled([readInTries(read, closed.signal)]);
    closed.abort();
    // No time passes.
    await reading;

    expect(vi.getTimerCount()).toBe(0);
  });
});

/** A read that fails so many times, and then does not. */
function failing(error: Error, times: number) {
  let left = times;
  return vi.fn(async () => {
    left -= 1;
    if (left >= 0) throw error;
  });
}

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: made for a test`), { code });
}
