import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HeldRequest } from './held-request.ts';

const nobodyGone = new AbortController().signal;
let held: HeldRequest;

beforeEach(() => {
  vi.useFakeTimers();
  held = new HeldRequest();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a request that waits', () => {
  test('is woken when there is something to answer', async () => {
    const woken = held.wait(nobodyGone);

    held.wake();

    expect(await woken).toBe(true);
  });

  test('is answered with nothing after 25 s, and not before', async () => {
    const ended = vi.fn();
    held.wait(nobodyGone).then(ended);

    await vi.advanceTimersByTimeAsync(24_999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);

    expect(ended).toHaveBeenCalledWith(false);
  });

  test('gives its place to a second one, which is the one to be woken', async () => {
    const first = held.wait(nobodyGone);
    const second = held.wait(nobodyGone);
    expect(await first).toBe(false);

    held.wake();

    expect(await second).toBe(true);
  });

  test('is over when whoever asked has gone, and takes nothing from the next one', async () => {
    const gone = new AbortController();
    const first = held.wait(gone.signal);
    gone.abort();
    expect(await first).toBe(false);
    const second = held.wait(nobodyGone);

    held.wake();

    expect(await second).toBe(true);
    expect(await held.wait(gone.signal)).toBe(false);
  });
});
