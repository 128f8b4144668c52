import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningAgent } from '@ferryline/agent';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline, type RunView } from '../system/ferryline.ts';
import { canMountSmallDisk, mountSmallDisk } from '../system/small-disk.ts';
import { TcpProxy } from '../system/tcp-proxy.ts';

// FAULTS.md L5: a disk that fills up at the destination makes what is sent to it wait, and nothing else.

const MIB = 2 ** 20;
const WINDOW_BYTES = 2 * MIB;

interface TransferView {
  readonly id: number;
  readonly state: string;
  readonly attempt: number;
  readonly bytesTransferred: number;
  readonly wireBytes: number;
  readonly error?: { readonly code: string; readonly message: string };
}

describe.skipIf(!canMountSmallDisk())('a disk that fills up in the middle of a file (needs leave to mount)', () => {
  const content = randomBytes(16 * MIB);
  let ferryline: Ferryline;
  let disk: string;
  let filler: string;
  let mounted: Disposable;
  let way: TcpProxy;
  let agent: RunningAgent;

  beforeEach(async () => {
    ferryline = await Ferryline.start({ relayMemoryBytes: WINDOW_BYTES });
    disk = join(ferryline.folder, 'disk');
    filler = join(disk, 'filler');
    mounted = mountSmallDisk(disk, 24);
    writeFileSync(join(ferryline.folder, 'source', 'large'), content);
    writeFileSync(join(ferryline.folder, 'source', 'small'), 'small');
    way = await TcpProxy.start(Number(ferryline.hubUrl.port));
    await ferryline.startAgent('source', [`${join(ferryline.folder, 'source')}:ro`], wayUrl());
    agent = await ferryline.startAgent('destination', [`${disk}:rw`, `${join(ferryline.folder, 'destination')}:rw`]);
  });
  afterEach(async () => {
    await agent.close();
    mounted[Symbol.dispose]();
    await ferryline.close();
    await way.close();
  });

  test('F46: has the file wait with what came of it, and go on by itself when there is room', async () => {
    const { run, transfer } = await fillUp();
    const whileFull = { names: readdirSync(disk).toSorted(), run: await ferryline.get<RunView>(`runs/${run}`) };
    const other = await ferryline.copy('small', 'small');

    rmSync(filler);
    const settled = await ferryline.settled(run);
    const completed = await ferryline.get<TransferView>(`transfers/${transfer.id}`);

    const partial = expect.stringMatching(/^\.ferry-\d+-1\.part$/);
    expect(whileFull).toMatchObject({ names: [partial, 'filler'], run: { state: 'running' } });
    expect(transfer.bytesTransferred).toBeGreaterThan(2 * MIB);
    expect(transfer.error).toEqual({
      code: 'NO_SPACE',
      message: `${join(disk, 'large')} waits for room: the disk at the destination is full. Make room there: it goes on by itself.`,
    });
    expect([other.state, settled.state]).toEqual(['completed', 'completed']);
    expect(completed).toMatchObject({ state: 'completed', attempt: 1, retryCount: 0 });
    expect(completed).not.toHaveProperty('error');
    expectArrived();
    // What was on its way when the disk was full, and no more, was sent in vain.
    expect(completed.wireBytes).toBeLessThan(content.length + WINDOW_BYTES + MIB);
  });

  test('F46: has it go on at once when somebody says that there is room', async () => {
    const { run, transfer } = await fillUp();
    rmSync(filler);

    await ferryline.post(`transfers/${transfer.id}/resume`, {});

    expect(await ferryline.settled(run)).toMatchObject({ state: 'completed' });
    expectArrived();
  });

  test('F46: has it wait on when hub and destination are started again', async () => {
    const { run, transfer } = await fillUp();

    await ferryline.stopAgent('destination');
    await ferryline.restartHub();
    agent = await ferryline.startAgentAgain('destination');
    await connected('source');
    await ferryline.post(`transfers/${transfer.id}/resume`, {});
    const again = await waiting(run, /waits for room: \d+ bytes more are needed, and the disk .* has \d+ free/);
    rmSync(filler);

    expect(again).toMatchObject({ state: 'suspended', attempt: 1, error: { code: 'NO_SPACE' } });
    expect(await ferryline.settled(run)).toMatchObject({ state: 'completed' });
    expectArrived();
  }, 60_000);

  test.each(['run', 'transfer'] as const)('F46: has nothing left of it when the %s is cancelled', async (what) => {
    const { run, transfer } = await fillUp();

    await ferryline.post(what === 'run' ? `runs/${run}/cancel` : `transfers/${transfer.id}/cancel`, {});

    await ferryline.settled(run);
    await expect.poll(() => readdirSync(disk)).toEqual(['filler']);
  });

  test('F46: has a copy within one agent wait, and go on, as any other', async () => {
    const within = await ferryline.startAgent('within', [`${ferryline.folder}/source:ro`, `${disk}:rw`], wayUrl());
    const { run } = await fillUp('within', 'within');

    rmSync(filler);

    expect(await ferryline.settled(run)).toMatchObject({ state: 'completed' });
    expectArrived();
    await within.close();
  });

  /** Has the disk fill up in the middle of a copy, and the copy wait for room. */
  async function fillUp(
    source = 'source',
    destination = 'destination',
  ): Promise<{ readonly run: number; readonly transfer: TransferView }> {
    const { id: run } = await ferryline.post<RunView>('runs', {
      source: { agent: source, path: join(ferryline.folder, 'source', 'large') },
      destination: { agent: destination, path: join(disk, 'large') },
      options: { compression: 'none' },
    });
    await way.carried(6 * MIB);
    fill(filler);
    return { run, transfer: await waiting(run) };
  }

  /** Asks for the one transfer of a run until it waits for room, and says so in such words. */
  async function waiting(run: number, message = /waits for room/): Promise<TransferView> {
    for (;;) {
      const { items } = await ferryline.get<{ items: TransferView[] }>(`transfers?run=${run}&status=suspended`);
      const found = items.find(({ error }) => error !== undefined && message.test(error.message));
      if (found !== undefined) return found;
    }
  }

  function wayUrl(): URL {
    return new URL(`http://127.0.0.1:${way.port}`);
  }

  async function connected(name: string): Promise<void> {
    const status = async (): Promise<string | undefined> => {
      const { items } = await ferryline.get<{ items: { name: string; status: string }[] }>('agents');
      return items.find((each) => each.name === name)?.status;
    };
    await expect.poll(status, { timeout: 20_000 }).toBe('online');
  }

  function expectArrived(): void {
    expect(readFileSync(join(disk, 'large')).equals(content)).toBe(true);
    expect(readdirSync(disk)).toEqual(['large']);
  }
});

/** Writes until the disk is full. */
function fill(path: string): void {
  const fd = openSync(path, 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(64 * 1024));
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(fd);
  }
}
