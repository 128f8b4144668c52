import { describe, expect, test } from 'vitest';
import { judgeState } from './state.ts';

const disk = { freeBytes: 5e11, totalBytes: 1e12, freeInodes: 1, totalInodes: 1 };
const good = { path: '/state', found: { isDirectory: true, mode: 0o700 }, isHeld: false, disk };
const { found: _found, ...missing } = good;

describe('judgeState', () => {
  test.each([
    ['its owner alone can use', good, [['ok', /by its owner alone/]]],
    ['is yet to be made', missing, [['ok', /does not exist yet/]]],
    ['cannot be made', { ...missing, unwritable: 'EACCES' }, [['fail', /cannot be made \(EACCES\)/]]],
    ['cannot be written', { ...good, unwritable: 'EROFS' }, [['fail', /cannot be written \(EROFS\)/]]],
    ['is a file', { ...good, found: { isDirectory: false, mode: 0o600 } }, [['fail', /not a directory/]]],
    ['others can read', { ...good, found: { isDirectory: true, mode: 0o750 } }, [['warn', /mode 0750/]]],
    [
      'an agent uses',
      { ...good, isHeld: true },
      [
        ['ok', /alone/],
        ['ok', /not disturbed/],
      ],
    ],
    [
      'has no room',
      { ...good, disk: { ...disk, freeBytes: 0 } },
      [
        ['ok', /alone/],
        ['warn', /little room/],
      ],
    ],
  ] as const)('of one that %s', (_which, sight, expected) => {
    expect(judgeState(sight)).toEqual(
      expected.map(([level, what]) => expect.objectContaining({ level, what: expect.stringMatching(what) })),
    );
  });
});
