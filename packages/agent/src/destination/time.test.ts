import { closeSync, fstatSync, futimesSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { secondsOf } from './time.ts';

test.each([
  ['0', '0.000000000'],
  ['1', '0.000000001'],
  ['981173106500000000', '981173106.500000000'],
  ['-1000', '-0.000001000'],
  ['-2147472000500000000', '-2147472000.500000000'],
])('%s nanoseconds are %s seconds', (nanoseconds, seconds) => {
  expect(secondsOf(nanoseconds)).toBe(seconds);
});

test.each(['-2147472000500000000', '-1000', '10413792000123456000'])('a file takes them: %s', (nanoseconds) => {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-time-'));
  const fd = openSync(join(folder, 'file'), 'w');
  try {
    futimesSync(fd, secondsOf(nanoseconds), secondsOf(nanoseconds));

    const differenceNs = fstatSync(fd, { bigint: true }).mtimeNs - BigInt(nanoseconds);
    expect(Math.abs(Number(differenceNs))).toBeLessThan(4_000);
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
});
