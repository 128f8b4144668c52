import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline, type RunView } from '../system/ferryline.ts';
import { LoopDisk } from '../system/loop-disk.ts';
import { canMountSmallDisk, mountSmallDisk } from '../system/small-disk.ts';
import { ThreeProcesses } from '../system/three-processes.ts';

// FAULTS.md, storage of agents: a disk that is full, gone or broken fails what is on it, in words, and nothing else.

const MIB = 2 ** 20;

describe('a destination', () => {
  let ferryline: Ferryline;

  beforeEach(async () => {
    ferryline = await Ferryline.start();
    await ferryline.startAgent('source', [`${join(ferryline.folder, 'source')}:ro`]);
    writeFileSync(join(ferryline.folder, 'source', 'file'), randomBytes(2 * MIB));
  });
  afterEach(() => ferryline.close());

  test.skipIf(!canMountSmallDisk())(
    'F46: that is too full for a file when it begins takes it when there is room and somebody tries again; others are not harmed (needs leave to mount)',
    async () => {
      const disk = join(ferryline.folder, 'disk');
      using _mounted = mountSmallDisk(disk, 3);
      const agent = await ferryline.startAgent('destination', [
        `${disk}:rw`,
        `${join(ferryline.folder, 'destination')}:rw`,
      ]);
      writeFileSync(join(disk, 'filler'), randomBytes(2 * MIB));

      const full = await copyTo(join(disk, 'file'));
      const other = await copyTo(join(ferryline.folder, 'destination', 'file'));
      writeFileSync(join(disk, 'filler'), '');
      await ferryline.post(`runs/${full.id}/retry`, {});
      const again = await ferryline.settled(full.id);

      expect(full).toMatchObject({ state: 'failed', error: { code: 'NO_SPACE' } });
      expect([other.state, again.state]).toEqual(['completed', 'completed']);
      expect(readdirSync(disk).toSorted()).toEqual(['file', 'filler']);
      await agent.close();
    },
  );

  test.skipIf(!LoopDisk.isPossible())(
    'F48: whose disk was taken away writes nothing to what is under it (needs leave to mount)',
    async () => {
      using disk = LoopDisk.make(ferryline.folder, 16);
      mkdirSync(join(disk.path, 'in'));
      const agent = await ferryline.startAgent('destination', [`${disk.path}:rw`]);
      expect(await copyTo(join(disk.path, 'in', 'file'))).toMatchObject({ state: 'completed' });

      disk.unmount();
      const run = await copyTo(join(disk.path, 'in', 'another'));
      const under = readdirSync(disk.path);
      disk.switchOn();

      expect(run).toMatchObject({ state: 'failed', error: { code: 'DESTINATION_UNWRITABLE' } });
      expect(under).toEqual([]);
      await agent.close();
    },
  );

  test.skipIf(!LoopDisk.isPossible())(
    'F49: a source whose disk was taken away is none, and not an empty tree (needs leave to mount)',
    async () => {
      using disk = LoopDisk.make(ferryline.folder, 16);
      writeFileSync(join(disk.path, 'file'), 'x');
      const away = await ferryline.startAgent('away', [`${disk.path}:ro`]);
      await ferryline.startAgent('destination', [`${join(ferryline.folder, 'destination')}:rw`]);

      disk.unmount();
      const run = await ferryline.post<RunView>('runs', {
        source: { agent: 'away', path: disk.path },
        destination: { agent: 'destination', path: join(ferryline.folder, 'destination', 'tree') },
      });

      expect(await ferryline.settled(run.id)).toMatchObject({ state: 'failed', error: { code: 'SOURCE_UNREADABLE' } });
      await away.close();
    },
  );

  async function copyTo(path: string): Promise<RunView> {
    const source = { agent: 'source', path: join(ferryline.folder, 'source', 'file') };
    const run = await ferryline.post<RunView>('runs', { source, destination: { agent: 'destination', path } });
    return ferryline.settled(run.id);
  }
});

describe.skipIf(process.platform !== 'linux')('a disk that reports an error', () => {
  let three: ThreeProcesses;
  let received: string;

  beforeAll(async () => {
    three = await ThreeProcesses.start({ windowBytes: 4 * MIB });
    received = join(three.folder, 'destination');
    mkdirSync(join(three.folder, 'source', 'tree'));
    writeFileSync(join(three.folder, 'source', 'tree', 'bad'), randomBytes(4 * MIB));
    writeFileSync(join(three.folder, 'source', 'tree', 'good'), randomBytes(MIB));
  });
  afterAll(() => three.close());

  test.each([
    ['what has come of a file', 'fdatasync', '.part'],
    ['the whole file', 'fsync', '.part'],
    ['that it is about to publish', 'fdatasync', 'destination.journal'],
  ])(
    'F55: while a destination syncs %s is not asked again, and the path shows what it showed',
    async (_what, call, path) => {
      rmSync(join(received, call), { recursive: true, force: true });
      mkdirSync(join(received, call));
      writeFileSync(join(received, call, 'bad'), 'old');
      await diskOf('destination', { FAIL_CALL: call, FAIL_PATH: path });

      const { exitCode, stdout } = await three.copy('tree/bad', `${call}/bad`).ended;

      expect(exitCode).toBe(3);
      expect(stdout).toMatch(/Check the disk/);
      expect(readFileSync(join(received, call, 'bad'), 'utf8')).toBe('old');
      await expect.poll(() => readdirSync(join(received, call))).toEqual(['bad']);
    },
  );

  test('F50: while a source reads from the middle of a file on fails that file, and publishes nothing of it', async () => {
    await diskOf('destination', {});
    await diskOf('source', { FAIL_CALL: 'read', FAIL_PATH: 'tree/bad', FAIL_FROM: String(2 * MIB) });

    const { exitCode, stdout } = await three.copy('tree', 'read').ended;

    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/bad cannot be read: the disk reports an error/);
    expect(readdirSync(join(received, 'read'))).toEqual(['good']);
  });

  /** Starts an agent again so that one call of its fails. */
  async function diskOf(agent: 'source' | 'destination', failing: NodeJS.ProcessEnv): Promise<void> {
    const preload = `--import=${join(import.meta.dirname, '..', 'system', 'fail-at.ts')}`;
    await three.kill(agent);
    await three.restart(agent, failing.FAIL_CALL === undefined ? {} : { NODE_OPTIONS: preload, ...failing });
  }
});
