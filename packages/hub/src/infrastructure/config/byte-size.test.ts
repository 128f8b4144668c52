import { describe, expect, test } from 'vitest';
import { parseByteSize } from './byte-size.ts';

describe('parseByteSize', () => {
  test.each([
    ['0', 0],
    ['134217728', 134_217_728],
    ['128MiB', 134_217_728],
    ['128 mib', 134_217_728],
    ['1.5GiB', 1_610_612_736],
    ['500MB', 500_000_000],
    ['12b', 12],
  ])('reads %s', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  test.each(['', 'MiB', '-1', '1e9', '12 parsecs', '99999999TiB', '0x10'])('reads no size in %j', (text) => {
    expect(parseByteSize(text)).toBeUndefined();
  });
});
