import { createHash, hash } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Ferryline } from '../system/ferryline.ts';
import { TcpProxy } from '../system/tcp-proxy.ts';

// FAULTS.md F51, promise P8: a source that changes while it is sent is never delivered half old, half new.

const MIB = 1024 * 1024;
const SIZE = 12 * MIB;
/** Takes longer to send than it takes to see that it is sent. */
const LONG = 256 * MIB;

let ferryline: Ferryline;
let proxy: TcpProxy;
let source: string;

beforeAll(async () => {
  // A window of two chunks: the source reads no further ahead than that.
  ferryline = await Ferryline.start({ relayMemoryBytes: 2 * MIB });
  proxy = await TcpProxy.start(Number(ferryline.hubUrl.port));
  await ferryline.startBothAgents({ source: new URL(`http://127.0.0.1:${proxy.port}`) });
  source = join(ferryline.folder, 'source', 'file');
});
afterAll(async () => {
  await ferryline.close();
  await proxy.close();
});
afterEach(async () => {
  rmSync(source, { force: true });
  for (const name of await readdir(join(ferryline.folder, 'destination'))) {
    rmSync(join(ferryline.folder, 'destination', name));
  }
});

describe.each([
  ['a tenth', SIZE / 10],
  ['the half', SIZE / 2],
  ['all but the last chunk', SIZE - MIB],
])('F51: a source that changes when %s of it was sent', (_part, sentBytes) => {
  test.each<[how: string, change: () => void]>([
    ['grows', () => appendFileSync(source, content(2))],
    ['shrinks', () => truncateSync(source, SIZE / 3)],
    [
      'is replaced by another file',
      () => {
        writeFileSync(`${source}.new`, content(3));
        renameSync(`${source}.new`, source);
      },
    ],
    ['is written anew, just as long', () => writeFileSync(source, content(4))],
    [
      'is written anew and given its old time back',
      () => {
        const time = new Date('2020-01-01');
        writeFileSync(source, content(5));
        utimesSync(source, time, time);
      },
    ],
  ])('and %s arrives as one of the files that there were', async (_how, change) => {
    writeFileSync(source, content(1));
    utimesSync(source, new Date('2020-01-01'), new Date('2020-01-01'));
    const { id } = await startCopy();
    await proxy.carried(sentBytes);

    const versions = [hashOf(source)];
    change();
    versions.push(hashOf(source));

    const run = await ferryline.settled(id);
    expect(run).toMatchObject({ state: 'completed', counters: { filesMoved: 1, filesFailed: 0 } });
    const arrived = await readFile(join(ferryline.folder, 'destination', 'file'));
    expect(versions).toContain(hash('sha256', arrived));
    expect(await readdir(join(ferryline.folder, 'destination'))).toEqual(['file']);
  });

  test('and is removed is not published', async () => {
    writeFileSync(source, content(1));
    const { id } = await startCopy();
    await proxy.carried(sentBytes);

    rmSync(source);

    const run = await ferryline.settled(id);
    const whole = { state: 'completed' };
    const failed = { state: 'failed', error: { code: 'SOURCE_CHANGED' } };
    // It was read to its end before it was removed, or not.
    expect(run).toMatchObject(run.state === 'completed' ? whole : failed);
    await expect
      .poll(() => readdir(join(ferryline.folder, 'destination')))
      .toEqual(run.state === 'completed' ? ['file'] : []);
  });
});

test('F51: a source that is written to again and again fails in the end, and nothing of it is published', async () => {
  writeFileSync(source, '');
  truncateSync(source, LONG);
  const { id } = await startCopy({ maxRetries: 1 });
  for (const attempt of [1, 2]) {
    await underWay(id, attempt);
    appendFileSync(source, `${attempt}`);
  }

  expect(await ferryline.settled(id)).toMatchObject({ state: 'failed', error: { code: 'SOURCE_CHANGED' } });
  await expect.poll(() => readdir(join(ferryline.folder, 'destination'))).toEqual([]);
});

function startCopy(options: object = {}) {
  return ferryline.startCopy('file', 'file', { compression: 'none', ...options });
}

/** Waits until the destination holds something of this attempt. */
async function underWay(run: number, attempt: number): Promise<void> {
  type Transfers = { readonly items: readonly { readonly attempt: number; readonly completedChunks: number }[] };
  const holds = async (): Promise<boolean> => {
    const { items } = await ferryline.get<Transfers>(`transfers?run=${run}`);
    return items[0]?.attempt === attempt && items[0].completedChunks > 0;
  };
  await expect.poll(holds, { timeout: 20_000, interval: 10 }).toBe(true);
}

/** Bytes of which no two versions share a chunk. */
function content(version: number): Buffer {
  const seed = createHash('sha256').update(`${version}`).digest();
  const bytes = Buffer.alloc(SIZE, seed);
  for (let at = 0; at < SIZE; at += MIB) bytes.writeUInt32BE(at, at);
  return bytes;
}

function hashOf(path: string): string {
  // Read whole: nobody else writes to it at this moment.
  return hash('sha256', readFileSync(path));
}
