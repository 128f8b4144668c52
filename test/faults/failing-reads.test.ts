import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ThreeProcesses } from '../system/three-processes.ts';

// FAULTS.md F50: a read that fails is tried three times, whichever way it is read.

const MIB = 2 ** 20;

describe.skipIf(process.platform !== 'linux')('a source whose disk reports an error', () => {
  let three: ThreeProcesses;
  const files = { large: randomBytes(4 * MIB), small: randomBytes(1000) };

  beforeAll(async () => {
    three = await ThreeProcesses.start({ windowBytes: 8 * MIB });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(three.folder, 'source', name), content);
  });
  afterAll(() => three.close());

  test.each([
    ['the last chunk of a large file', 'large', { FAIL_CALL: 'read', FAIL_FROM: String(3 * MIB) }],
    ['a small file', 'small', { FAIL_CALL: 'readSync' }],
  ] as const)('F50: two times for %s sends it all the same', async (_what, name, failing) => {
    await startSource({ ...failing, FAIL_PATH: `source/${name}`, FAIL_TIMES: '2' });

    const { exitCode } = await three.copy(name, '/').ended;

    expect(exitCode).toBe(0);
    expect(readFileSync(received(name)).equals(files[name])).toBe(true);
  });

  test.each([
    ['three times for the last chunk', { FAIL_FROM: String(3 * MIB), FAIL_TIMES: '3' }],
    ['once that it may not be read', { FAIL_CODE: 'EACCES', FAIL_TIMES: '1' }],
  ])('F50: %s says so, and nothing is published', async (what, failing) => {
    await startSource({ ...failing, FAIL_CALL: 'read', FAIL_PATH: 'source/large' });

    const { exitCode, stdout } = await three.copy('large', `${what}/large`).ended;

    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/SOURCE_UNREADABLE/);
    expect(existsSync(received(join(what, 'large')))).toBe(false);
  });

  async function startSource(failing: NodeJS.ProcessEnv): Promise<void> {
    const preload = `--import=${join(import.meta.dirname, '..', 'system', 'fail-at.ts')}`;
    await three.kill('source');
    await three.restart('source', { NODE_OPTIONS: preload, ...failing });
  }

  function received(name: string): string {
    return join(three.folder, 'destination', name);
  }
});
