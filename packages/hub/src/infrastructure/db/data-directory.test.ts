import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDataDirectory } from './data-directory.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-data-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform === 'win32')('the data directory', () => {
  test('is made for the account of the hub alone', () => {
    const directory = openDataDirectory(join(folder, 'deep', 'hub'));

    expect(statSync(directory.path).mode & 0o777).toBe(0o700);
    directory.close();
  });

  test.each([0o755, 0o750, 0o701, 0o770])('of mode %o stops the start, and the error says what to run', (mode) => {
    chmodSync(folder, mode);

    expect(() => openDataDirectory(folder)).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining(`chmod 700 ${folder}`) }),
    );
  });
});
