import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'ferry.mjs');

test('A54: a running ferry gives nobody the prototype of an object by its old name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-proto-'));
  try {
    const probe = join(folder, 'probe.cjs');
    const asks =
      "process.on('exit', () => { try { ({}).__proto__; console.log('given'); } catch (e) { console.log(e.name); } });";
    writeFileSync(probe, asks);

    const { stdout, status } = spawnSync(process.execPath, ['--require', probe, LAUNCHER, '--version'], {
      encoding: 'utf8',
    });

    expect(status).toBe(0);
    expect(stdout.trim().split('\n').at(-1)).toBe('TypeError');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
