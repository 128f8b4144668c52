import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline } from './system/ferryline.ts';
import { TcpProxy } from './system/tcp-proxy.ts';
import { sha256 } from './system/tree-differences.ts';

const MIB = 1024 * 1024;
const SIZE = 48 * MIB;

describe('a copy whose connections break', () => {
  let ferryline: Ferryline;
  let proxy: TcpProxy;
  let proxied: URL;

  beforeEach(async () => {
    ferryline = await Ferryline.start();
    await writeFile(join(ferryline.folder, 'source', 'file'), randomBytes(SIZE));
    proxy = await TcpProxy.start(Number(ferryline.hubUrl.port));
    proxied = new URL(`http://127.0.0.1:${proxy.port}`);
  });
  afterEach(async () => {
    await ferryline.close();
    await proxy.close();
  });

  test('F11: goes on from what the destination holds when the source comes back', async () => {
    await ferryline.startBothAgents({ source: proxied });
    const { id } = await ferryline.startCopy('file', 'file');
    await proxy.carried(SIZE / 2);

    proxy.cut();

    const run = await ferryline.settled(id);
    expect(run.state).toBe('completed');
    await expectIdentical();
    // Window (32 MiB) and headers may travel again, the rest may not.
    expect(run.counters.wireBytes).toBeLessThan(SIZE + 33 * MIB);
  });

  test('goes on when the destination comes back', async () => {
    await ferryline.startBothAgents({ destination: proxied });
    const { id } = await ferryline.startCopy('file', 'file');
    await ferryline.runWhen(id, (run) => (run.counters.bytesMoved ?? 0) > 0 || run.state === 'completed');

    proxy.cut();

    expect((await ferryline.settled(id)).state).toBe('completed');
    await expectIdentical();
  });

  test('F2: goes on when the hub comes back', async () => {
    await ferryline.startBothAgents();
    const { id } = await ferryline.startCopy('file', 'file');
    await ferryline.runWhen(id, (run) => run.state === 'running');

    await ferryline.restartHub();

    expect((await ferryline.settled(id)).state).toBe('completed');
    await expectIdentical();
  });

  test('waits for an agent that is not there yet', async () => {
    await ferryline.startBothAgents({ destination: proxied });
    proxy.cut();
    const { id } = await ferryline.startCopy('file', 'file');

    expect((await ferryline.settled(id)).state).toBe('completed');
    await expectIdentical();
  });

  test('leaves nothing behind at the destination when it is cancelled', async () => {
    await ferryline.startBothAgents();
    const { id } = await ferryline.startCopy('file', 'file');
    await ferryline.runWhen(id, (run) => run.state === 'running');

    await ferryline.post(`runs/${id}/cancel`, {});

    // Whatever is asked of the destination after the cancel is done after it.
    await writeFile(join(ferryline.folder, 'source', 'other'), 'x');
    await ferryline.copy('other', 'other');
    const run = await ferryline.settled(id);
    const left = await readdir(join(ferryline.folder, 'destination'));
    if (run.state === 'cancelled') expect(left).toEqual(['other']);
    else expect(run.state).toBe('completed');
  });

  async function expectIdentical(): Promise<void> {
    const [source, destination] = ['source', 'destination'].map((end) => join(ferryline.folder, end, 'file'));
    expect(await sha256(destination ?? '')).toBe(await sha256(source ?? ''));
  }
});
