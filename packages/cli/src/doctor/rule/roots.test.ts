import { FerryError } from '@ferryline/engine';
import { describe, expect, test } from 'vitest';
import { judgeRoot } from './roots.ts';

const disk = { freeBytes: 5e11, totalBytes: 1e12, freeInodes: 1, totalInodes: 1 };
const full = { ...disk, freeBytes: 1 };
const [ro, rw] = (['ro', 'rw'] as const).map(
  (access) => ({ kind: 'usable', root: { path: '/srv', access }, disk }) as const,
);

describe('judgeRoot', () => {
  test.each([
    ['one for reading', ro, 'ok', /can be read, as ":ro" says/],
    [
      'one for reading on a full disk that is mounted read-only',
      { ...ro, unwritable: 'EROFS', disk: full },
      'ok',
      /can be read/,
    ],
    [
      'one that cannot be read',
      { ...ro, unreadable: 'EACCES' },
      'fail',
      /cannot be read \(EACCES\)\. Let the agent's account/,
    ],
    ['one for writing', rw, 'ok', /can be read and written; .* free/],
    ['one for writing that cannot be written', { ...rw, unwritable: 'EACCES' }, 'fail', /cannot be written \(EACCES\)/],
    [
      'one for writing that is mounted read-only',
      { ...rw, unwritable: 'EROFS' },
      'fail',
      /mounted read-only\. Mount it/,
    ],
    ['one for writing on a full disk', { ...rw, disk: full }, 'warn', /little room.*Make room/],
    [
      'one that an agent does not start with',
      { kind: 'refused', refusal: new FerryError('VALIDATION', 'It is not there. Make it.') },
      'fail',
      /^It is not there\. Make it\.$/,
    ],
  ] as const)('of %s', (_which, sight, level, sentences) => {
    const finding = judgeRoot(sight as Parameters<typeof judgeRoot>[0]);

    expect(finding.level).toBe(level);
    expect(finding.level === 'ok' ? finding.what : `${finding.what} ${finding.advice}`).toMatch(sentences);
  });
});
