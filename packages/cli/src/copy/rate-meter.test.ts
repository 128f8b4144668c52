import { describe, expect, test } from 'vitest';
import { RateMeter } from './rate-meter.ts';

describe('RateMeter', () => {
  test('knows no rate before it has two readings', () => {
    const meter = new RateMeter();
    expect(meter.bytesPerSecond).toBe(0);
    meter.read(5000, 0);
    expect(meter.bytesPerSecond).toBe(0);
  });

  test('measures over the last five seconds only', () => {
    const meter = new RateMeter();
    for (let second = 0; second <= 10; second += 1) meter.read(second * 1000, second * 1000);
    expect(meter.bytesPerSecond).toBe(1000);
    for (let second = 11; second <= 20; second += 1) meter.read(10_000, second * 1000);
    expect(meter.bytesPerSecond).toBe(0);
  });

  test('is never negative when a transfer starts over', () => {
    const meter = new RateMeter();
    meter.read(10_000, 0);
    meter.read(2_000, 1000);
    expect(meter.bytesPerSecond).toBe(0);
  });
});
