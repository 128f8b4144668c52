import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { holdStateDirectory, isStateDirectoryHeld, makeStateDirectory } from './state-directory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('makeStateDirectory', () => {
  test('makes it, and what leads to it, for its owner alone', async () => {
    await makeStateDirectory(join(folder, 'ferry', 'agent'));

    expect(statSync(join(folder, 'ferry')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'ferry', 'agent')).mode & 0o777).toBe(0o700);
  });

  test('leaves one that is there as it is', async () => {
    mkdirSync(join(folder, 'agent'));
    chmodSync(join(folder, 'agent'), 0o750);

    await makeStateDirectory(join(folder, 'agent'));

    expect(statSync(join(folder, 'agent')).mode & 0o777).toBe(0o750);
  });

  test('says what to do when a file is in the way', async () => {
    writeFileSync(join(folder, 'file'), '');

    await expect(makeStateDirectory(join(folder, 'file', 'agent'))).rejects.toThrow(/ENOTDIR.*--state-dir/);
  });
});

describe('holdStateDirectory', () => {
  test('refuses a directory that another agent uses, until that one lets go', () => {
    const first = holdStateDirectory(folder);

    expect(() => holdStateDirectory(folder)).toThrow(/is in use by another agent\. Stop that one/);
    first.close();
    holdStateDirectory(folder).close();
  });

  test('says what to do when the directory is not there', () => {
    expect(() => holdStateDirectory(join(folder, 'nowhere'))).toThrow(/cannot be used .*--state-dir/);
  });
});

describe('isStateDirectoryHeld', () => {
  test('says so from before to after an agent holds it, and takes nothing away from that', () => {
    const seen = [isStateDirectoryHeld(folder)];
    const hold = holdStateDirectory(folder);
    seen.push(isStateDirectoryHeld(folder), isStateDirectoryHeld(folder));
    expect(() => holdStateDirectory(folder)).toThrow(/in use by another agent/);
    hold.close();
    seen.push(isStateDirectoryHeld(folder));
    holdStateDirectory(folder).close();

    expect(seen).toEqual([false, true, true, false]);
  });
});
