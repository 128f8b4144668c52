import { FerryError } from '@ferryline/engine';
import { describe, expect, test } from 'vitest';
import { asDestinationError, asSourceError } from './file-system-error.ts';

const failed = (code: string) => Object.assign(new Error(`${code}: open '/proc/self/fd/7/a'`), { code });

describe('asSourceError', () => {
  test.each([
    ['ENOENT', 'SOURCE_NOT_FOUND'],
    ['ENOTDIR', 'SOURCE_NOT_FOUND'],
    ['EACCES', 'SOURCE_UNREADABLE'],
    ['EPERM', 'SOURCE_UNREADABLE'],
    ['EIO', 'SOURCE_UNREADABLE'],
    ['EISDIR', 'SOURCE_UNREADABLE'],
    ['EMFILE', 'SOURCE_UNREADABLE'],
    ['ELOOP', 'PATH_NOT_ALLOWED'],
  ])('calls %s %s', (errno, code) => {
    expect(asSourceError(failed(errno), '/srv/a').code).toBe(code);
  });
});

describe('asDestinationError', () => {
  test.each([
    ['ENOSPC', 'NO_SPACE'],
    ['EDQUOT', 'NO_SPACE'],
    ['EFBIG', 'NO_SPACE'],
    ['EEXIST', 'DESTINATION_EXISTS'],
    ['EISDIR', 'DESTINATION_EXISTS'],
    ['EACCES', 'DESTINATION_UNWRITABLE'],
    ['EPERM', 'DESTINATION_UNWRITABLE'],
    ['EROFS', 'DESTINATION_UNWRITABLE'],
    ['EIO', 'DESTINATION_UNWRITABLE'],
    ['ENAMETOOLONG', 'DESTINATION_UNWRITABLE'],
    ['ENOTDIR', 'DESTINATION_UNWRITABLE'],
    ['ENOENT', 'DESTINATION_UNWRITABLE'],
    ['EMFILE', 'DESTINATION_UNWRITABLE'],
    ['ELOOP', 'PATH_NOT_ALLOWED'],
  ])('calls %s %s', (errno, code) => {
    expect(asDestinationError(failed(errno), '/srv/a').code).toBe(code);
  });
});

describe.each([
  ['a failure at the source', asSourceError],
  ['a failure at the destination', asDestinationError],
])('%s', (_where, explain) => {
  test.each(['ENOENT', 'EACCES', 'EMFILE'])('names the path as people write it for %s', (errno) => {
    const { message } = explain(failed(errno), '/srv/a');

    expect(message).toMatch(/^\/srv\/a .*\.$/);
    expect(message).not.toContain('/proc');
  });

  test('hands a FerryError on as it is', () => {
    const error = new FerryError('CANCELLED', 'Stopped.');

    expect(explain(error, '/srv/a')).toBe(error);
  });

  test('does not blame the disk for a defect of ours', () => {
    expect(explain(new TypeError('x is not a function'), '/srv/a').code).toBe('INTERNAL');
  });
});
