import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const launcher = join(import.meta.dirname, '..', 'bin', 'ferry.mjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-launcher-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the launcher that takes this Node for too old, so that it hands over, in a package of its own. */
function oldLauncher(): string {
  const bin = join(folder, 'packages', 'cli', 'bin');
  mkdirSync(bin, { recursive: true });
  const pretend = "Object.defineProperty(process, 'version', { value: 'v20.0.0' });";
  writeFileSync(join(folder, 'pretend.cjs'), pretend);
  copyFileSync(launcher, join(bin, 'ferry.mjs'));
  return join(bin, 'ferry.mjs');
}

/** A pinned Node that says it is new enough and otherwise does what the script tells. */
function pinNode(script: string, version = 'v26.0.0'): void {
  const bin = join(folder, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  const program = `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit; fi\n${script}\n`;
  writeFileSync(join(folder, 'pinned'), program);
  chmodSync(join(folder, 'pinned'), 0o755);
  symlinkSync(join('..', '..', 'pinned'), join(bin, 'node'));
}

function launch(script: string, args: readonly string[]) {
  return spawnSync(process.execPath, ['--require', join(folder, 'pretend.cjs'), script, ...args], { encoding: 'utf8' });
}

describe('bin/ferry.mjs', () => {
  test('runs the program itself under a Node that is new enough', () => {
    const { status, stdout } = spawnSync(process.execPath, [launcher, '--help'], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: ferry/);
  });

  test('hands arguments on to the pinned Node and ends as that does', () => {
    const script = oldLauncher();
    // What comes before the launcher's own path are the options of Node.
    pinNode('for each; do echo "<$each>"; done; exit 42');
    const { status, stdout } = launch(script, ['cp', 'a b', '--json']);
    expect(status).toBe(42);
    expect(stdout).toContain('ferry.mjs>\n<cp>\n<a b>\n<--json>\n');
  });

  test('finds the pinned Node from behind a link', () => {
    const script = oldLauncher();
    pinNode('echo found');
    const elsewhere = mkdtempSync(join(tmpdir(), 'ferry-launcher-link-'));
    try {
      symlinkSync(script, join(elsewhere, 'ferry'));
      expect(launch(join(elsewhere, 'ferry'), []).stdout).toBe('found\n');
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('hands %s on', async (signal) => {
    const script = oldLauncher();
    pinNode(
      `trap 'echo caught; exit 7' TERM INT HUP; echo ready; i=0; while [ $i -lt 500 ]; do sleep 0.02; i=$((i + 1)); done`,
    );
    const child = spawn(process.execPath, ['--require', join(folder, 'pretend.cjs'), script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.on('data', (piece) => {
      if (stdout === '') child.kill(signal);
      stdout += String(piece);
    });
    const ended = await new Promise((resolve) => child.on('close', (...how) => resolve(how)));
    expect({ ended, stdout }).toEqual({ ended: [7, null], stdout: 'ready\ncaught\n' });
  });

  test('ends by the signal that ended the pinned Node', () => {
    const script = oldLauncher();
    pinNode('kill -KILL $$');
    expect(launch(script, []).signal).toBe('SIGKILL');
  });

  test('passes over a pinned Node that is too old, and says what to do', () => {
    const script = oldLauncher();
    pinNode('echo wrong', 'v24.1.0');
    const { status, stdout, stderr } = launch(script, []);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^ferry: Node 26 or newer is needed, this is v20\.0\.0, .*npm run setup/);
  });
});
