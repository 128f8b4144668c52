import { describe, expect, test } from 'vitest';
import { judgeLimits, openFilesOf } from './limits.ts';

const TABLE = `Limit                     Soft Limit           Hard Limit           Units
Max processes             62827                62827                processes
Max open files            1024                 524288               files
Max locked memory         8388608              8388608              bytes
`;

describe('judgeLimits', () => {
  test('is content with what is enough', () => {
    const findings = judgeLimits({ maxUserWatches: 65_536, maxUserInstances: 128, openFiles: 4_096 });

    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
  });

  test('says the value and how to raise it where it is low', () => {
    expect(judgeLimits({ maxUserWatches: 8_192, maxUserInstances: 127, openFiles: 1_024 })).toEqual([
      {
        level: 'warn',
        what: 'fs.inotify.max_user_watches is 8192, which is low.',
        advice: expect.stringContaining('sysctl -w fs.inotify.max_user_watches='),
      },
      expect.objectContaining({ level: 'warn', advice: expect.stringContaining('max_user_instances=') }),
      expect.objectContaining({ level: 'warn', advice: expect.stringContaining('LimitNOFILE=') }),
    ]);
  });

  test('a system that says nothing has nothing wrong', () => {
    expect(judgeLimits({}).map(({ level }) => level)).toEqual(['ok']);
  });
});

describe('openFilesOf', () => {
  test.each([
    [TABLE, 1024],
    [TABLE.replace('1024  ', 'unlimited'), Number.POSITIVE_INFINITY],
    ['something else', undefined],
  ])('reads the soft limit', (text, expected) => {
    expect(openFilesOf(text)).toBe(expected);
  });
});
