import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline, type RunView } from '../system/ferryline.ts';
import { chunkFrame, type Frame, forged, KIND, LAST_CHUNK, NACK, sha256 } from './frame.ts';
import type { HubMessages, Sending } from './messages.ts';
import { Stranger } from './stranger.ts';

// PROTOCOL.md sections 3 to 5, with a source that somebody else wrote and a destination that is ours.

const MIB = 1024 * 1024;
const MTIME_NS = '981173106000000000';
const ARCHIVE = [{ path: '/archive', access: 'ro' }] as const;

let ferryline: Ferryline;
let folder: string;
let agentName: string;
let token: string;
let stranger: Stranger;
let agents = 0;

beforeAll(async () => {
  ferryline = await Ferryline.start();
  await ferryline.startAgent('destination', [`${join(ferryline.folder, 'destination')}:rw`]);
});
beforeEach(async () => {
  agents += 1;
  agentName = `archive-${agents}`;
  folder = join(ferryline.folder, 'destination', agentName);
  await mkdir(folder);
  ({ token } = await ferryline.post<{ token: string }>('tokens', { agent: agentName }));
  stranger = await Stranger.connect(ferryline.hubUrl, token, ARCHIVE);
  return () => stranger.leave();
});
afterAll(() => ferryline.close());

describe('a source that a stranger wrote sends', () => {
  test.each(['none', 'zstd', 'lz4'] as const)('a file of one chunk, compressed with %s', async (compression) => {
    const content = Buffer.alloc(100_000, 'one chunk ');
    const { run, sending } = await offer(content, { compression });
    expect(sending).toMatchObject({
      path: { root: '/archive', names: ['file'] },
      identity: identity(content),
      chunkSize: MIB,
      compression,
      held: [],
    });

    stranger.sendFrames(chunkFrame(content, { ...first(sending), flags: LAST_CHUNK }, compression));

    expect(await stranger.hearFrame()).toMatchObject({
      kind: KIND.ack,
      detail: 0,
      flags: 0,
      ...first(sending),
      rawLength: content.length,
      digest: sha256(content),
    });
    saySent(sending, content);
    await expectSettled(sending);
    await expectPublished(run, content);
  });

  test('F27: chunks in any order, compressed each in another way, packed and apart, with `sent` before them all', async () => {
    const content = Buffer.concat([Buffer.alloc(3 * MIB, 'chunks'), Buffer.from('and a bit')]);
    const { run, sending } = await offer(content);
    const frames = chunksOf(content).map((raw, chunkIndex) =>
      chunkFrame(
        raw,
        { ...first(sending), chunkIndex, flags: chunkIndex === 3 ? LAST_CHUNK : 0 },
        (['none', 'zstd', 'lz4', 'none'] as const)[chunkIndex],
      ),
    );
    const [frame0, frame1, frame2, frame3] = frames.map((frame) => Buffer.from(frame));

    saySent(sending, content);
    for (const packed of [[frame3, frame1], [frame0], [frame2]]) {
      stranger.sendFrames(...packed.filter((frame) => frame !== undefined));
    }

    const answers = await stranger.hearFrames(4);
    expect(answers.map((frame) => frame.kind)).toEqual([KIND.ack, KIND.ack, KIND.ack, KIND.ack]);
    expect(answers.map((frame) => frame.chunkIndex).toSorted()).toEqual([0, 1, 2, 3]);
    await expectSettled(sending);
    await expectPublished(run, content);
  });

  test('F58: an empty file, without any frame', async () => {
    const { run, sending } = await offer(Buffer.alloc(0));

    saySent(sending, Buffer.alloc(0));

    await expectSettled(sending);
    await expectPublished(run, Buffer.alloc(0));
  });

  test('a tree in pages, with directories, a link, and what it skipped', async () => {
    const run = await copy('tree', 'tree');
    const scan = await stranger.hear('scan');
    expect(scan).toMatchObject({ run: run.id, path: { root: '/archive', names: ['tree'] } });
    const content = Buffer.from('in the tree');
    const say = (page: number, last: boolean, entries: object[], skipped: object[] = []): void =>
      stranger.say({ type: 'entries', run: run.id, page, entries, skipped, last, someday: 'more' });
    const directory = { kind: 'directory', mode: 0o750, mtimeNs: MTIME_NS };
    say(0, false, [
      { ...directory, names: [] },
      { ...directory, names: ['sub'] },
    ]);
    expect(await stranger.hear('entriesTaken')).toMatchObject({ run: run.id, page: 0 });
    say(1, false, [{ kind: 'symlink', names: ['sub', 'link'], target: 'file' }], [{ path: 'pipe', reason: 'a FIFO' }]);
    say(2, true, [{ ...fileEntry(content), names: ['sub', 'file'] }]);

    const sending = await hearSending();
    expect(sending.path).toEqual({ root: '/archive', names: ['tree', 'sub', 'file'] });
    stranger.sendFrames(chunkFrame(content, { ...first(sending), flags: LAST_CHUNK }));
    saySent(sending, content);
    await expectSettled(sending);

    expect(await ferryline.settled(run.id)).toMatchObject({ state: 'completed', counters: { filesSkipped: 1 } });
    expect(await readFile(join(folder, 'tree', 'sub', 'link'), 'utf8')).toBe('in the tree');
    expect(await readlink(join(folder, 'tree', 'sub', 'link'))).toBe('file');
    expect((await stat(join(folder, 'tree', 'sub'))).mode & 0o777).toBe(0o750);
    expect((await stat(join(folder, 'tree'))).mtimeMs).toBe(981_173_106_000);
  });

  test('nothing, because it cannot scan: the run fails with its code and message', async () => {
    const run = await copy('gone', 'gone');
    await stranger.hear('scan');

    stranger.say({ type: 'runFailed', run: run.id, code: 'SOURCE_NOT_FOUND', message: 'No gone in this archive.' });

    expect(await ferryline.settled(run.id)).toMatchObject({
      state: 'failed',
      error: { code: 'SOURCE_NOT_FOUND', message: 'No gone in this archive.' },
    });
  });

  test('nothing, because the run was cancelled while it scanned', async () => {
    const run = await copy('tree', 'tree');
    await stranger.hear('scan');

    await ferryline.post(`runs/${run.id}/cancel`, {});

    expect(await stranger.hear('cancelScan')).toMatchObject({ run: run.id });
    stranger.say(entries(run.id, Buffer.from('late')));
    expect((await ferryline.settled(run.id)).state).toBe('cancelled');
    expect(await readdir(folder)).toEqual([]);
  });

  test('nothing, because the file changed and no other stands there: that is not tried again', async () => {
    const { run, sending } = await offer(Buffer.from('planned'));

    stranger.say({
      type: 'failed',
      transfers: [{ ...attemptOf(sending), code: 'SOURCE_CHANGED', message: 'It is another one.' }],
    });

    expect((await stranger.hear('cancel')).transfers).toEqual([attemptOf(sending)]);
    expect(await ferryline.settled(run.id)).toMatchObject({ state: 'failed', error: { code: 'SOURCE_CHANGED' } });
    await expect.poll(() => readdir(folder)).toEqual([]);
  });

  test('nothing yet, because the file changed: it is asked for anew, as it is now', async () => {
    const { run, sending } = await offer(Buffer.from('planned'));
    const present = fileEntry(Buffer.from('as it is now'));

    stranger.say({
      type: 'failed',
      transfers: [{ ...attemptOf(sending), code: 'SOURCE_CHANGED', message: 'It is another one.', present }],
    });

    const [again] = (await stranger.hear('send')).transfers;
    expect(again).toMatchObject({ attempt: sending.attempt + 1, identity: present.identity });
    await ferryline.post(`runs/${run.id}/cancel`, {});
  });

  test('nothing any more, because the run was cancelled: the partial file goes', async () => {
    const content = randomBytes(2 * MIB);
    const { run, sending } = await offer(content);
    stranger.sendFrames(chunkFrame(content.subarray(0, MIB), first(sending)));
    await stranger.hearFrame();
    expect(await readdir(folder)).toHaveLength(1);

    await ferryline.post(`runs/${run.id}/cancel`, {});

    expect((await stranger.hear('cancel')).transfers).toEqual([attemptOf(sending)]);
    await expect.poll(() => readdir(folder)).toEqual([]);
  });
});

describe('a chunk', () => {
  const content = Buffer.alloc(MIB, 'good content');

  test.each<[string, number, (good: Buffer) => Buffer]>([
    ['damaged on the way is refused by the hub', NACK.damaged, (good) => flipped(good, good.length - 1)],
    [
      'A52: whose digest is another is refused by the destination',
      NACK.digestMismatch,
      (good) => forged(good, (header) => header.fill(0xab, 40, 72)),
    ],
    [
      'that is no zstd is refused as undecodable',
      NACK.undecodable,
      (good) => repacked(good, 1, Buffer.from('no zstd')),
    ],
    ['that is no lz4 is refused as undecodable', NACK.undecodable, (good) => repacked(good, 2, Buffer.from('no lz4!'))],
    [
      'that holds more than it says is refused as undecodable',
      NACK.undecodable,
      (good) => repacked(good, 1, zstdCompressSync(Buffer.alloc(MIB + 1))),
    ],
    [
      'that holds less than it says is refused as undecodable',
      NACK.undecodable,
      (good) => repacked(good, 1, zstdCompressSync(Buffer.alloc(MIB - 1))),
    ],
    [
      'A48: that is a zstd bomb of 1 GiB is refused as undecodable',
      NACK.undecodable,
      (good) => repacked(good, 1, zstdBomb()),
    ],
    [
      'A48: that promises 4 GiB of lz4 is refused as undecodable',
      NACK.undecodable,
      (good) => repacked(good, 2, Buffer.concat([Buffer.alloc(4, 0xff), Buffer.alloc(1000, 0xff)])),
    ],
    [
      'with bytes behind its lz4 block is refused as undecodable',
      NACK.undecodable,
      (good) =>
        repacked(good, 2, Buffer.concat([framePayload(chunkFrame(content, { transfer: 1 }, 'lz4')), Buffer.alloc(9)])),
    ],
  ])('%s; the file arrives when it is sent again', async (_what, reason, spoil) => {
    const { run, sending } = await offer(content);
    const good = chunkFrame(content, { ...first(sending), flags: LAST_CHUNK });

    stranger.sendFrames(spoil(good));

    expect(await stranger.hearFrame()).toMatchObject({
      kind: KIND.nack,
      detail: reason,
      ...first(sending),
      rawLength: content.length,
    });
    stranger.sendFrames(good);
    expect(await stranger.hearFrame()).toMatchObject({ kind: KIND.ack });
    saySent(sending, content);
    await expectSettled(sending);
    await expectPublished(run, content);
  });

  test('F26: that is held already is acknowledged again, and changes nothing', async () => {
    const { run, sending } = await offer(content);
    const good = chunkFrame(content, { ...first(sending), flags: LAST_CHUNK });

    stranger.sendFrames(good);
    const answers = [await stranger.hearFrame()];
    stranger.sendFrames(good);
    answers.push(await stranger.hearFrame());

    for (const answer of answers) expect(answer).toMatchObject({ kind: KIND.ack, ...first(sending) });
    saySent(sending, content);
    await expectPublished(run, content);
  });

  test('behind a lane message that is empty arrives', async () => {
    const { run, sending } = await offer(content);

    stranger.sendFrames();
    stranger.sendFrames(chunkFrame(content, { ...first(sending), flags: LAST_CHUNK }));

    saySent(sending, content);
    await expectPublished(run, content);
  });

  test('F28: of an older attempt, or of a transfer that nobody knows, is dropped', async () => {
    const { run, sending: old } = await offer(content);
    stranger.say({
      type: 'failed',
      transfers: [{ ...attemptOf(old), code: 'CHUNK_CORRUPT', message: 'I begin anew.' }],
    });
    await stranger.hear('cancel');
    const sending = await hearSending();
    expect(attemptOf(sending)).toEqual({ transfer: old.transfer, attempt: 2 });

    const poison = Buffer.alloc(MIB, 'poison');
    stranger.sendFrames(chunkFrame(poison, first(old)), chunkFrame(poison, { transfer: 2 ** 53 - 1 }));
    stranger.sendFrames(chunkFrame(content, { ...first(sending), flags: LAST_CHUNK }));

    expect(await stranger.hearFrame()).toMatchObject({ kind: KIND.ack, attempt: 2 });
    saySent(old, poison);
    saySent(sending, content);
    await expectPublished(run, content);
    expect(stranger.unheardFrames).toBe(0);
  });
});

describe('a file whose source states another chunk list hash', () => {
  test('is not published, and arrives with the next attempt', async () => {
    const content = randomBytes(1000);
    const { run, sending } = await offer(content);
    stranger.sendFrames(chunkFrame(content, { ...first(sending), flags: LAST_CHUNK }));
    await stranger.hearFrame();

    stranger.say({
      type: 'sent',
      transfers: [{ ...attemptOf(sending), fileHash: hex(sha256(content)), chunkListHash: hex(sha256(content)) }],
    });

    expect((await stranger.hear('cancel')).transfers).toEqual([attemptOf(sending)]);
    expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
    const again = await hearSending();
    expect(again).toMatchObject({ attempt: 2, held: [] });
    stranger.sendFrames(chunkFrame(content, { ...first(again), flags: LAST_CHUNK }));
    saySent(again, content);
    await expectSettled(again);
    await expectPublished(run, content);
  });
});

describe('F31: a session ends with refused, and the copy goes on when the source is back, after', () => {
  const content = Buffer.alloc(MIB + 5, 'content');

  test.each<[string, (good: Buffer) => Buffer]>([
    ['another magic', (good) => forged(good, (header) => header.write('FRL2'))],
    ['a wrong header CRC', (good) => flipped(good, 36)],
    ['a header damaged under its CRC', (good) => flipped(good, 27)],
    ['an unknown kind', (good) => forged(good, (header) => header.writeUInt8(4, 4))],
    ['kind 0', (good) => forged(good, (header) => header.writeUInt8(0, 4))],
    ['an unknown compression', (good) => forged(good, (header) => header.writeUInt8(3, 5))],
    ['an unknown flag', (good) => forged(good, (header) => header.writeUInt16BE(2, 6))],
    ['an ack with a flag', () => forged(encodeAck(), (header) => header.writeUInt16BE(1, 6))],
    ['an ack with a reason', () => forged(encodeAck(), (header) => header.writeUInt8(1, 5))],
    ['a nack without a reason', () => forged(encodeAck(), (header) => header.writeUInt8(KIND.nack, 4))],
    ['a transfer id of 0', (good) => forged(good, (header) => header.writeBigUInt64BE(0n, 8))],
    ['a transfer id of 2^53', (good) => forged(good, (header) => header.writeBigUInt64BE(2n ** 53n, 8))],
    ['a raw length of 0', (good) => forged(good, (header) => header.writeUInt32BE(0, 24))],
    ['a raw length beyond 64 MiB', (good) => forged(good, (header) => header.writeUInt32BE(64 * MIB + 1, 24))],
    ['uncompressed bytes of another length', (good) => forged(good, (header) => header.writeUInt32BE(MIB - 1, 24))],
    ['a payload that the message does not hold', (good) => good.subarray(0, -1)],
    ['a wire length of 4 GiB', (good) => forged(good, (header) => header.writeUInt32BE(0xffff_ffff, 28))],
    ['half a header', (good) => good.subarray(0, 40)],
    ['a byte behind the frame', (good) => Buffer.concat([good, Buffer.from('x')])],
    [
      'an ack with a payload',
      () => forged(Buffer.concat([encodeAck(), Buffer.from('x')]), (h) => h.writeUInt32BE(1, 28)),
    ],
    ['A52: a chunk that the file does not have', (good) => forged(good, (header) => header.writeUInt32BE(2, 16))],
    ['a chunk of another length', (good) => forged(good, (header) => header.writeUInt32BE(1, 16))],
    ['an ack from the wrong end', (good) => forged(good.subarray(0, 72), asAck)],
  ])('%s', async (_what, spoil) => {
    const { run, sending } = await offer(content);
    const good = chunkFrame(content.subarray(0, MIB), first(sending));

    stranger.sendFrames(spoil(good));

    expect(await stranger.hear('refused')).toMatchObject({ code: 'PROTOCOL', message: expect.stringMatching(/\.$/) });
    await stranger.ended;
    stranger = await Stranger.connect(ferryline.hubUrl, token, ARCHIVE, randomUUID());
    await goOn(await hearSending(), run);
  });

  test('a text message on the lane', async () => {
    const { run } = await offer(content);

    stranger.sendTextOnLane('hello');

    expect(await stranger.hear('refused')).toMatchObject({ code: 'PROTOCOL' });
    stranger = await Stranger.connect(ferryline.hubUrl, token, ARCHIVE, randomUUID());
    await goOn(await hearSending(), run);
  });

  async function goOn(sending: Sending, run: RunView): Promise<void> {
    expect(sending).toMatchObject({ attempt: 1, held: [] });
    for (const [chunkIndex, raw] of chunksOf(content).entries()) {
      stranger.sendFrames(chunkFrame(raw, { ...first(sending), chunkIndex, flags: chunkIndex === 1 ? LAST_CHUNK : 0 }));
    }
    saySent(sending, content);
    await expectSettled(sending);
    await expectPublished(run, content);
  }
});

test('the window of a route shrinks when another route needs its share, and grows back after it', async () => {
  const { run, sending } = await offer(Buffer.from('first'));
  const other = `other-${agents}`;
  const otherFolder = join(ferryline.folder, other);
  await mkdir(otherFolder);
  const otherAgent = await ferryline.startAgent(other, [`${otherFolder}:rw`]);
  const content = Buffer.from('second');

  const otherRun = await ferryline.post<RunView>('runs', {
    source: { agent: agentName, path: '/archive/file' },
    destination: { agent: other, path: join(otherFolder, 'file') },
  });
  stranger.say(entries((await stranger.hear('scan')).run, content));
  const { route, windowBytes, transfers } = await stranger.hear('send');
  const shrunk = await hearWindow((window) => window.route !== route && window.windowBytes === windowBytes);
  for (const each of transfers) {
    stranger.sendFrames(chunkFrame(content, { ...first(each), flags: LAST_CHUNK }));
    saySent(each, content);
    await expectSettled(each);
  }

  await hearWindow((window) => window.route === shrunk.route && window.windowBytes === 2 * windowBytes);
  stranger.sendFrames(chunkFrame(Buffer.from('first'), { ...first(sending), flags: LAST_CHUNK }));
  saySent(sending, Buffer.from('first'));
  await expectPublished(run, Buffer.from('first'));
  expect((await ferryline.settled(otherRun.id)).state).toBe('completed');
  await otherAgent.close();
});

describe('a source that comes back', () => {
  test('is asked for what the destination does not hold', async () => {
    const content = randomBytes(3 * MIB);
    const { run, sending: before } = await offer(content);
    stranger.sendFrames(chunkFrame(content.subarray(MIB, 2 * MIB), { ...first(before), chunkIndex: 1 }));
    await stranger.hearFrame();
    await stranger.leave();

    stranger = await Stranger.connect(ferryline.hubUrl, token, ARCHIVE, randomUUID());

    const sending = await hearSending();
    expect(sending).toEqual({ ...before, held: [[1, 1]] });
    stranger.sendFrames(chunkFrame(content.subarray(0, MIB), first(sending)));
    stranger.sendFrames(chunkFrame(content.subarray(2 * MIB), { ...first(sending), chunkIndex: 2, flags: LAST_CHUNK }));
    saySent(sending, content);
    await expectSettled(sending);
    await expectPublished(run, content);
  });
});

function copy(source: string, destination: string, options: object = {}): Promise<RunView> {
  return ferryline.post<RunView>('runs', {
    source: { agent: agentName, path: `/archive/${source}` },
    destination: { agent: 'destination', path: join(folder, destination) },
    options,
  });
}

/** Starts a copy of one file and answers the scan; resolves when the hub asks for the content. */
async function offer(
  content: Buffer,
  options: object = {},
): Promise<{ readonly run: RunView; readonly sending: Sending }> {
  const run = await copy('file', 'file', options);
  const scan = await stranger.hear('scan');
  expect(scan).toMatchObject({ run: run.id, path: { root: '/archive', names: ['file'] } });
  stranger.say(entries(run.id, content));
  return { run, sending: await hearSending() };
}

function entries(run: number, content: Buffer): object {
  return { type: 'entries', run, page: 0, skipped: [], last: true, entries: [{ ...fileEntry(content), names: [] }] };
}

function fileEntry(content: Buffer) {
  return { kind: 'file', mode: 0o640, mtimeNs: MTIME_NS, identity: identity(content) };
}

function identity(content: Buffer): object {
  return { dev: 'a tape', ino: 'any text', size: content.length, mtimeNs: MTIME_NS, ctimeNs: '-1' };
}

async function hearSending(): Promise<Sending> {
  const { transfers, windowBytes } = await stranger.hear('send');
  expect(windowBytes).toBeGreaterThan(0);
  const [sending] = transfers;
  if (sending === undefined || transfers.length !== 1) throw new Error(`${transfers.length} transfers, not one`);
  return sending;
}

/** The next `window` that is as wanted; what comes before it is of no interest. */
async function hearWindow(isWanted: (window: HubMessages['window']) => boolean): Promise<HubMessages['window']> {
  for (;;) {
    const window = await stranger.hear('window');
    if (isWanted(window)) return window;
  }
}

function attemptOf({ transfer, attempt }: Sending): { readonly transfer: number; readonly attempt: number } {
  return { transfer, attempt };
}

/** What every frame about chunk 0 of this attempt says. */
function first(sending: Sending): { readonly transfer: number; readonly attempt: number; readonly chunkIndex: number } {
  return { ...attemptOf(sending), chunkIndex: 0 };
}

function saySent(sending: Sending, content: Buffer): void {
  const chunkListHash = hex(sha256(...chunksOf(content).map((raw) => sha256(raw))));
  stranger.say({
    type: 'sent',
    transfers: [{ ...attemptOf(sending), fileHash: hex(sha256(content)), chunkListHash }],
  });
}

async function expectSettled(sending: Sending): Promise<void> {
  expect((await stranger.hear('settled')).transfers).toEqual([attemptOf(sending)]);
}

async function expectPublished(run: RunView, content: Buffer): Promise<void> {
  expect(await ferryline.settled(run.id)).toMatchObject({ state: 'completed', counters: { filesMoved: 1 } });
  const path = join(folder, 'file');
  expect((await readFile(path)).equals(content)).toBe(true);
  const { mode, mtimeMs } = await stat(path);
  expect({ mode: mode & 0o777, mtimeMs }).toEqual({ mode: 0o640, mtimeMs: 981_173_106_000 });
}

function chunksOf(content: Buffer): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.length; at += MIB) chunks.push(content.subarray(at, at + MIB));
  return chunks;
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex');
}

function flipped(frame: Buffer, at: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

function framePayload(frame: Buffer): Buffer {
  return frame.subarray(72);
}

/** The same frame with another payload, whose length and CRC are right. */
function repacked(frame: Buffer, compression: number, payload: Buffer): Buffer {
  const raw: Pick<Frame, 'transfer' | 'attempt' | 'rawLength'> = {
    transfer: Number(frame.readBigUInt64BE(8)),
    attempt: frame.readUInt32BE(20),
    rawLength: frame.readUInt32BE(24),
  };
  const digest = frame.subarray(40, 72);
  return chunkFrame(Buffer.alloc(0), { ...raw, digest, payload, detail: compression, flags: LAST_CHUNK });
}

/** 1 GiB of zeros in some 32 KiB: one frame, of unknown content size, that repeats one byte block after block. */
function zstdBomb(): Buffer {
  const header = Buffer.from('28b52ffd0058', 'hex');
  const block = (isLast: boolean): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUIntLE(((128 * 1024) << 3) | (1 << 1) | (isLast ? 1 : 0), 0, 3);
    return bytes;
  };
  return Buffer.concat([header, ...Array.from({ length: 8192 }, (_, at) => block(at === 8191))]);
}

function encodeAck(): Buffer {
  return forged(chunkFrame(Buffer.from('x'), { transfer: 1 }).subarray(0, 72), asAck);
}

function asAck(header: Buffer): void {
  header.writeUInt8(KIND.ack, 4);
  header.writeUInt8(0, 5);
  header.writeUInt16BE(0, 6);
  header.writeBigUInt64BE(0n, 28);
}
