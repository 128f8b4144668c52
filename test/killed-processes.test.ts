import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parties, ThreeProcesses } from './system/three-processes.ts';
import { treeDifferences } from './system/tree-differences.ts';

const MIB = 1024 * 1024;
/** Random bytes, which do not get smaller on the way. */
const LARGE_BYTES = 48 * MIB;
/** Small files, with what frames them. */
const SMALL_BYTES = MIB;
const WINDOW_BYTES = 8 * MIB;

describe('a copy during which a process', () => {
  let three: ThreeProcesses;
  let tree: string;
  let received: string;

  beforeEach(async () => {
    three = await ThreeProcesses.start({ windowBytes: WINDOW_BYTES, heartbeatSeconds: 1 });
    tree = join(three.folder, 'source', 'tree');
    received = join(three.folder, 'destination');
    mkdirSync(join(tree, 'small'), { recursive: true });
    writeFileSync(join(tree, 'large'), randomBytes(LARGE_BYTES));
    for (let at = 0; at < 500; at += 1) writeFileSync(join(tree, 'small', `${at}`), `content of ${at}`);
  });
  afterEach(() => three.close());

  test.each(parties)('F1, F3, F4: is killed, the %s, arrives identical', async (victim) => {
    const arrives = halfArrival();
    const copy = three.copy('tree', '/');
    await arrives;

    await three.kill(victim);
    await three.restart(victim);

    const { exitCode, stderr } = await copy.ended;
    expect(stderr).not.toContain('failed:');
    expect(exitCode).toBe(0);
    await expectIdentical();
  });

  test.each(['source', 'destination'] as const)(
    'F6: is frozen, the %s, until the hub has given it up, arrives identical',
    async (victim) => {
      const arrives = halfArrival();
      const copy = three.copy('tree', '/');
      await arrives;

      three.freeze(victim);
      await givenUp(victim);
      three.thaw(victim);

      const { exitCode } = await copy.ended;
      expect(exitCode).toBe(0);
      await expectIdentical();
    },
  );

  async function expectIdentical(): Promise<void> {
    expect(await treeDifferences(tree, join(received, 'tree'))).toEqual([]);
    expect(readdirSync(received)).toEqual(['tree']);
    expect(three.sentBytes).toBeLessThanOrEqual(LARGE_BYTES + SMALL_BYTES + WINDOW_BYTES);
  }

  /** Resolves when half of the large file is in its partial file. */
  function halfArrival(): Promise<void> {
    return new Promise((resolve) => {
      const watcher = watch(received, { recursive: true }, (_event, name) => {
        if (name?.includes('.ferry-') !== true) return;
        const stats = statSync(join(received, name), { throwIfNoEntry: false });
        if (stats === undefined || stats.size < LARGE_BYTES / 2) return;
        watcher.close();
        resolve();
      });
    });
  }

  async function givenUp(agent: string): Promise<void> {
    await three.says('hub', new RegExp(`"agent":"${agent}"[^\\n]*"agent disconnected"`));
  }
});
