import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataDirectorySetupCode } from './data-directory-setup-code.ts';

let dataDir: string;
let file: string;
let setupCode: DataDirectorySetupCode;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ferry-setup-'));
  file = join(dataDir, 'setup-code');
  setupCode = new DataDirectorySetupCode(dataDir);
});

afterEach(() => rm(dataDir, { recursive: true }));

describe('the file with the setup code', () => {
  test('is for the hub’s account alone, also when an older one was not', async () => {
    await writeFile(file, 'old', { mode: 0o644 });

    await setupCode.write('ABCD-EFGH-JKMN');

    expect(await readFile(file, 'utf8')).toBe('ABCD-EFGH-JKMN\n');
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['setup-code']);
  });

  test('is removed, and may be removed when there is none', async () => {
    await setupCode.write('ABCD-EFGH-JKMN');

    await setupCode.remove();
    await setupCode.remove();

    expect(await readdir(dataDir)).toEqual([]);
  });

  test('that cannot be written is named', async () => {
    const missing = new DataDirectorySetupCode(join(dataDir, 'nowhere'));

    await expect(missing.write('ABCD-EFGH-JKMN')).rejects.toThrow(join(dataDir, 'nowhere', 'setup-code'));
  });
});
