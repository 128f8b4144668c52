import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline, type RunView } from '../system/ferryline.ts';
import { answerTo, chunkFrame, decodeFrames, sha256 } from './frame.ts';
import type { Reception, Sending } from './messages.ts';
import { hello, Stranger } from './stranger.ts';

// DESIGN.md promise 8: what a peer does costs the hub no more memory than its budget allows.

const MIB = 1024 * 1024;
/** What a test hub may hold on the way (hubConfig in ferryline.ts); one route alone may use all of it. */
const BUDGET_BYTES = 32 * MIB;
const RAW_CHUNK = Buffer.alloc(MIB, 'evil');
const DIGEST = sha256(RAW_CHUNK);

let ferryline: Ferryline;
let evil: Stranger;
let vault: Stranger;

beforeEach(async () => {
  ferryline = await Ferryline.start();
  await ferryline.startBothAgents();
  evil = await connect('evil', '/evil');
  vault = await connect('vault', '/vault');
});
afterEach(async () => {
  await evil.leave();
  await vault.leave();
  await ferryline.close();
});

describe('to a destination that takes nothing', () => {
  test('A51: a source that sends beyond its window is cut off, and nobody else is harmed', async () => {
    const [sending] = await offer(1, 1024 * MIB);
    vault.stopReadingLane();

    for (let index = 0; index < 100; index += 1) evil.sendFrames(chunkOf(sending, index));

    expect(await evil.hear('refused')).toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('beyond the window'),
    });
    await evil.ended;
    // What waited of it has gone with it, but for what the socket has.
    await expect.poll(waitingBytes).toBeLessThan(8 * MIB);
    await expectOthersGoOn();
  });

  test('A46: what waits never exceeds what the windows tolerate', async () => {
    const [sending] = await offer(1, 1024 * MIB);
    vault.stopReadingLane();

    let most = 0;
    for (let index = 0; index < 64; index += 1) {
      evil.sendFrames(chunkOf(sending, index));
      if (index % 8 === 7) most = Math.max(most, await waitingBytes());
    }

    await expectOthersGoOn();
    most = Math.max(most, await waitingBytes());
    expect(most).toBeGreaterThan(BUDGET_BYTES);
    expect(most).toBeLessThan(2 * BUDGET_BYTES + 2 * MIB);
  });

  test('A51: a source that sends one chunk again and again is cut off', async () => {
    const [sending] = await offer(1, 1024 * MIB);
    vault.stopReadingLane();

    for (let copy = 0; copy < 10; copy += 1) evil.sendFrames(chunkOf(sending, 0));

    expect(await evil.hear('refused')).toMatchObject({ code: 'RATE_LIMITED' });
    await expectOthersGoOn();
  });

  test('A51: what was given up does not pile up behind what follows', async () => {
    const sendings = await offer(6, 30 * MIB);
    vault.stopReadingLane();

    for (const sending of sendings) {
      for (let index = 0; index < 30; index += 1) evil.sendFrames(chunkOf(sending, index));
      await expect.poll(waitingBytes).toBeGreaterThan(25 * MIB);
      evil.say({
        type: 'failed',
        transfers: [{ transfer: sending.transfer, attempt: 1, code: 'SOURCE_UNREADABLE', message: 'No more.' }],
      });
      await expect.poll(waitingBytes).toBeLessThan(8 * MIB);
    }

    await expectOthersGoOn();
  });

  test('A51: acknowledgements of what it did not take bring no more than one budget and one frame into memory', async () => {
    const [sending] = await offer(1, 1024 * MIB);
    vault.stopReadingLane();
    let isOver = false;
    void evil.ended.then(() => {
      isOver = true;
    });

    let most = 0;
    for (let sent = 0; sent < 200 && !isOver; ) {
      const frames = Array.from({ length: 20 }, () => chunkOf(sending, sent++));
      for (const frame of frames) evil.sendFrames(frame);
      await expect.poll(async () => isOver || (await forwardedChunks()) >= sent, { timeout: 10_000 }).toBe(true);
      most = Math.max(most, await waitingBytes());
      for (const chunk of frames.flatMap(decodeFrames)) vault.sendFrames(answerTo(chunk, 'ack'));
    }

    expect(await evil.hear('refused')).toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('vault does not take'),
    });
    expect(most).toBeGreaterThan(2 * BUDGET_BYTES);
    expect(most).toBeLessThan(BUDGET_BYTES + 65 * MIB);
    await expect.poll(waitingBytes).toBeLessThan(8 * MIB);
    await expectOthersGoOn();
  });
});

test('A51: an agent that opens no lane is not waited for without end', async () => {
  const { token } = await ferryline.post<{ token: string }>('tokens', { agent: 'laneless' });
  const laneless = await Stranger.dial(ferryline.hubUrl, token);
  laneless.say(hello({ roots: [{ path: '/in', access: 'rw' }] }));
  await laneless.hear('welcome');
  await writeFile(join(ferryline.folder, 'source', 'file'), 'x');
  await ferryline.post<RunView>('runs', {
    source: { agent: 'source', path: join(ferryline.folder, 'source', 'file') },
    destination: { agent: 'laneless', path: '/in/file' },
  });
  await laneless.hear('receive');

  expect(await laneless.hear('refused')).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('lane') });
  await laneless.ended;
});

async function connect(agent: string, root: string): Promise<Stranger> {
  const { token } = await ferryline.post<{ token: string }>('tokens', { agent });
  return Stranger.connect(ferryline.hubUrl, token, [{ path: root, access: 'rw' }]);
}

/** Has the hub ask the evil source for so many files of so many bytes, with the vault ready for each. */
async function offer(files: number, sizeBytes: number): Promise<readonly [Sending, ...Sending[]]> {
  const run = await ferryline.post<RunView>('runs', {
    source: { agent: 'evil', path: '/evil/tree' },
    destination: { agent: 'vault', path: '/vault/tree' },
  });
  await evil.hear('scan');
  const identity = { dev: '1', ino: '1', size: sizeBytes, mtimeNs: '0', ctimeNs: '0' };
  const entries = Array.from({ length: files }, (_, at) => ({
    kind: 'file',
    names: [`file-${at}`],
    mode: 0o644,
    mtimeNs: '0',
    identity,
  }));
  evil.say({ type: 'entries', run: run.id, page: 0, skipped: [], last: true, entries });
  const receptions: Reception[] = [];
  while (receptions.length < files) receptions.push(...(await vault.hear('receive')).transfers);
  const ready = receptions.map(({ transfer, attempt }) => ({ transfer, attempt, held: [] }));
  vault.say({ type: 'receiving', transfers: ready });
  const [first, ...others] = (await evil.hear('send')).transfers;
  if (first === undefined) throw new Error('Nothing was asked for.');
  return [first, ...others];
}

function chunkOf({ transfer, attempt }: Sending, chunkIndex: number): Buffer {
  return chunkFrame(RAW_CHUNK, { transfer, attempt, chunkIndex, digest: DIGEST });
}

function waitingBytes(): Promise<number> {
  return metric('ferryline_relay_memory_bytes');
}

function forwardedChunks(): Promise<number> {
  return metric('ferryline_relay_chunks_forwarded_total');
}

async function metric(name: string): Promise<number> {
  const value = (await ferryline.metrics()).get(name);
  if (value === undefined) throw new Error(`There is no ${name}.`);
  return value;
}

async function expectOthersGoOn(): Promise<void> {
  await writeFile(join(ferryline.folder, 'source', 'honest'), Buffer.alloc(5 * MIB, 'honest'));
  expect(await ferryline.copy('honest', 'honest')).toMatchObject({ state: 'completed' });
}
