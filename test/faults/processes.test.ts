import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { FaultyLink } from '../system/faulty-link.ts';
import { ThreeProcesses } from '../system/three-processes.ts';

// FAULTS.md, processes: what is killed, frozen or broken comes back, and nothing that was accepted is lost or done twice.

const MIB = 2 ** 20;
const WINDOW_BYTES = 4 * MIB;
const SIZE = 16 * MIB;
/** A preload that Node takes from the environment. */
const defect = { NODE_OPTIONS: `--import=${join(import.meta.dirname, '..', 'system', 'reject-on-signal.ts')}` };

let three: ThreeProcesses;
let content: Buffer;
let received: string;

beforeAll(async () => {
  three = await ThreeProcesses.start({ windowBytes: WINDOW_BYTES, heartbeatSeconds: 1 });
  received = join(three.folder, 'destination');
});
afterAll(() => three.close());
beforeEach(() => {
  content = putFile(SIZE);
});

test.each([
  ['a tenth', SIZE / 10],
  ['all but the last of it', SIZE - MIB],
])('F3: a source that is killed when %s has arrived sends no more than the window again', async (_part, bytes) => {
  const arrives = arrival(bytes);
  const { sentBytes } = three;
  const copy = three.copy('file', '/');
  await arrives;

  await three.kill('source');
  await three.restart('source');

  expect((await copy.ended).exitCode).toBe(0);
  expectArrived();
  expect(three.sentBytes - sentBytes).toBeLessThanOrEqual(SIZE + WINDOW_BYTES + MIB);
});

test('F3: a source that is killed between its last chunk and the first answer finishes the copy when it is back', async () => {
  content = putFile(WINDOW_BYTES);
  const link = await FaultyLink.start(three.hubUrl);
  link.holdLanes('fromHub');
  await three.kill('destination');
  await three.restart('destination', { FERRY_HUB: link.url.href });
  const copy = three.copy('file', '/');
  await expect.poll(() => three.wireBytes(), { timeout: 20_000 }).toBeGreaterThan(WINDOW_BYTES);

  await three.kill('source');
  link.release();
  await three.restart('source');

  expect((await copy.ended).exitCode).toBe(0);
  expectArrived();
  await three.kill('destination');
  await three.restart('destination');
  await link.close();
});

test('F5: a hub that was frozen until both agents gave it up, and goes on with stale beliefs, publishes once', async () => {
  let published = 0;
  using stack = new DisposableStack();
  const watcher = watch(received, (event, name) => {
    if (event === 'rename' && name === 'file') published += 1;
  });
  stack.defer(() => watcher.close());
  const arrives = arrival(SIZE / 2);
  const copy = three.copy('file', '/');
  await arrives;

  three.freeze('hub');
  await three.says('source', /connection to the hub is lost/);
  await three.says('destination', /connection to the hub is lost/);
  three.thaw('hub');

  expect((await copy.ended).exitCode).toBe(0);
  expectArrived();
  expect(published).toBe(1);
});

test('F9: a promise that a defect rejects ends the hub with a line in its log, and the next one goes on', async () => {
  await three.kill('hub');
  await three.restart('hub', defect);
  const arrives = arrival(SIZE / 4);
  const run = await three.accepted('file', '/');
  await arrives;

  const ended = await three.signal('hub', 'SIGUSR2');
  await three.restart('hub');

  expect(ended).toMatchObject({
    exitCode: expect.any(Number),
    stderr: expect.stringContaining('a defect, made for a'),
  });
  expect(ended?.exitCode).not.toBe(0);
  expect((await three.ferry('runs', 'watch', `${run}`)).exitCode).toBe(0);
  expectArrived();
});

/** Puts a file of random bytes, which do not get smaller on the way, at the source; nothing is at the destination. */
function putFile(size: number): Buffer {
  const bytes = randomBytes(size);
  writeFileSync(join(three.folder, 'source', 'file'), bytes);
  rmSync(join(received, 'file'), { force: true });
  return bytes;
}

/** Resolves when so many bytes of the file are in its partial file. */
function arrival(bytes: number): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(received, (_event, name) => {
      if (name?.startsWith('.ferry-') !== true) return;
      if ((statSync(join(received, name), { throwIfNoEntry: false })?.size ?? 0) < bytes) return;
      watcher.close();
      resolve();
    });
  });
}

function expectArrived(): void {
  expect(readFileSync(join(received, 'file')).equals(content)).toBe(true);
  expect(readdirSync(received)).toEqual(['file']);
}
