import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-setup-'));
  mkdirSync(join(folder, 'scripts'));
  copyFileSync(join(import.meta.dirname, '..', '..', 'scripts', 'setup.mjs'), join(folder, 'scripts', 'setup.mjs'));
  writeFileSync(join(folder, 'package-lock.json'), '{"lockfileVersion":3}');
  // Stands in for npm: writes down how it was called, makes node_modules, ends as it is told.
  writeFileSync(
    join(folder, 'npm-cli.js'),
    `const fs = require('node:fs');
     fs.appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
     fs.mkdirSync('node_modules', { recursive: true });
     process.exitCode = Number(process.env.NPM_ENDS_WITH ?? 0);`,
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function setup(env: Record<string, string> = {}): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(folder, 'scripts', 'setup.mjs')], {
    env: { ...process.env, npm_execpath: join(folder, 'npm-cli.js'), ...env },
    encoding: 'utf8',
  });
}

function calls(): string[] {
  const file = join(folder, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

describe('scripts/setup.mjs', () => {
  test('installs what the lockfile names when node_modules is missing, and says so in one line', () => {
    const { status, stdout, stderr } = setup();
    expect(status).toBe(0);
    expect(calls()).toEqual([expect.stringMatching(/^ci /)]);
    expect(stderr).toBe('setup: node_modules is missing, running npm ci (a minute or less)\n');
    expect(stdout).toBe('');
  });

  test('does nothing, silently, when the same lockfile is installed already', () => {
    setup();
    const { status, stderr } = setup();
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(calls()).toHaveLength(1);
  });

  test('installs again when the lockfile has changed', () => {
    setup();
    writeFileSync(join(folder, 'package-lock.json'), '{"lockfileVersion":3,"packages":{}}');
    expect(setup().stderr).toMatch(/package-lock.json has changed/);
    expect(calls()).toHaveLength(2);
  });

  test('says what to do when npm fails, and tries again next time', () => {
    const { status, stderr } = setup({ NPM_ENDS_WITH: '7' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/could not be installed: npm ci ended with exit code 7/);
    expect(stderr).toMatch(/npm run setup/);
    expect(setup().status).toBe(0);
    expect(calls()).toHaveLength(2);
  });
});
