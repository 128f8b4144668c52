import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline, type RunView } from '../system/ferryline.ts';
import {
  answerTo,
  COMPRESSION,
  chunkFrame,
  encodeFrame,
  type Frame,
  KIND,
  LAST_CHUNK,
  NACK,
  rawChunk,
  sha256,
} from './frame.ts';
import type { Reception } from './messages.ts';
import { Stranger } from './stranger.ts';

// PROTOCOL.md sections 3 to 5, with a destination that somebody else wrote and a source that is ours.

const MIB = 1024 * 1024;
/** What a test hub may hold on the way (hubConfig in ferryline.ts). */
const RELAY_MEMORY_BYTES = 32 * MIB;
const VAULT = [{ path: '/vault', access: 'rw' }] as const;

let ferryline: Ferryline;
let agentName: string;
let token: string;
let stranger: Stranger;
let agents = 0;

beforeAll(async () => {
  ferryline = await Ferryline.start();
  await ferryline.startAgent('source', [`${join(ferryline.folder, 'source')}:ro`]);
});
beforeEach(async () => {
  agents += 1;
  agentName = `vault-${agents}`;
  ({ token } = await ferryline.post<{ token: string }>('tokens', { agent: agentName }));
  stranger = await Stranger.connect(ferryline.hubUrl, token, VAULT);
  return () => stranger.leave();
});
afterAll(() => ferryline.close());

describe('a destination that a stranger wrote receives', () => {
  test.each(['none', 'zstd', 'lz4'] as const)('a file of three chunks, compressed with %s', async (compression) => {
    const content = Buffer.concat([Buffer.alloc(2 * MIB, 'ferry'), randomBytes(1000)]);
    await writeFile(join(ferryline.folder, 'source', 'file'), content, { mode: 0o640 });
    await utimes(join(ferryline.folder, 'source', 'file'), 1, 981_173_106);
    const run = await copy('file', '/vault/in/file', { compression });

    const reception = await hearReception();
    expect(reception).toEqual({
      transfer: expect.any(Number),
      attempt: 1,
      path: { root: '/vault', names: ['in', 'file'] },
      size: content.length,
      chunkSize: MIB,
      mode: 0o640,
      mtimeNs: '981173106000000000',
      existing: 'replace',
    });
    sayReceiving(reception);
    const frames = await stranger.hearFrames(3);
    for (const frame of frames) {
      const { transfer, attempt } = reception;
      const isLast = frame.chunkIndex === 2;
      expect(frame).toMatchObject({ kind: KIND.chunk, transfer, attempt, flags: isLast ? LAST_CHUNK : 0 });
      expect(frame.rawLength).toBe(isLast ? 1000 : MIB);
      expect(sha256(rawChunk(frame))).toEqual(frame.digest);
      stranger.sendFrames(answerTo(frame, 'ack'));
    }
    const raw = frames.toSorted((a, b) => a.chunkIndex - b.chunkIndex).map(rawChunk);
    expect(Buffer.concat(raw).equals(content)).toBe(true);
    // The compressible chunk travels compressed; a payload that would not shrink may travel as it is.
    expect(frames.find((frame) => frame.chunkIndex === 0)?.detail).toBe(COMPRESSION[compression]);
    await finishWith(reception, content, raw);

    expect(await ferryline.settled(run.id)).toMatchObject({
      state: 'completed',
      counters: { bytesMoved: content.length },
    });
  });

  test('an empty file, without any frame', async () => {
    await writeFile(join(ferryline.folder, 'source', 'empty'), '');
    const run = await copy('empty', '/vault/empty');

    const reception = await hearReception();
    expect(reception.size).toBe(0);
    sayReceiving(reception);
    await finishWith(reception, Buffer.alloc(0), []);

    expect((await ferryline.settled(run.id)).state).toBe('completed');
    expect(stranger.unheardFrames).toBe(0);
  });

  test('a tree: directories parents first, links, then files, and at the end modes and times children first', async () => {
    const top = join(ferryline.folder, 'source', 'tree');
    await mkdir(join(top, 'a', 'b'), { recursive: true });
    await writeFile(join(top, 'a', 'b', 'file'), 'x');
    await symlink('b/file', join(top, 'a', 'link'));
    await chmod(join(top, 'a'), 0o750);
    const run = await copy('tree', '/vault/tree');

    const arrange = await stranger.hear('arrange');
    expect(arrange).toMatchObject({
      run: run.id,
      page: expect.any(Number),
      into: { root: '/vault', names: ['tree'] },
      directories: [{ names: [] }, { names: ['a'] }, { names: ['a', 'b'] }],
      links: [{ names: ['a', 'link'], target: 'b/file' }],
      existing: 'replace',
    });
    stranger.say({ type: 'arranged', run: run.id, page: arrange.page, failures: [] });
    const reception = await hearReception();
    expect(reception.path).toEqual({ root: '/vault', names: ['tree', 'a', 'b', 'file'] });
    sayReceiving(reception);
    stranger.sendFrames(answerTo(await stranger.hearFrame(), 'ack'));
    await finishWith(reception, Buffer.from('x'), [Buffer.from('x')]);
    const seal = await stranger.hear('seal');
    expect(seal).toMatchObject({ run: run.id, into: { root: '/vault', names: ['tree'] } });
    expect(seal.directories.map(({ names }) => names)).toEqual([['a', 'b'], ['a'], []]);
    expect(seal.directories[1]).toEqual({ names: ['a'], mode: 0o750, mtimeNs: expect.stringMatching(/^\d+$/) });
    stranger.say({ type: 'sealed', run: run.id, page: seal.page, failures: [] });

    expect((await ferryline.settled(run.id)).state).toBe('completed');
  });
});

describe('a source of ours', () => {
  test('sends only what the destination does not hold', async () => {
    const content = await sourceFile(3 * MIB);
    const run = await copy('file', '/vault/file');
    const reception = await hearReception();

    sayReceiving(reception, [
      [0, 1],
      [2, 1],
    ]);

    const frame = await stranger.hearFrame();
    expect(frame.chunkIndex).toBe(1);
    stranger.sendFrames(answerTo(frame, 'ack'));
    await finishWith(reception, content, [content.subarray(0, MIB), rawChunk(frame), content.subarray(2 * MIB)]);
    expect((await ferryline.settled(run.id)).state).toBe('completed');
    expect(stranger.unheardFrames).toBe(0);
  });

  test.each([
    ['damaged', NACK.damaged],
    ['undecodable', NACK.undecodable],
    ['of another digest', NACK.digestMismatch],
  ])('sends a chunk again that is answered as %s', async (_what, reason) => {
    const content = await sourceFile(2 * MIB);
    const run = await copy('file', '/vault/file');
    const reception = await hearReception();
    sayReceiving(reception);
    const [first, second] = inOrder(await stranger.hearFrames(2));

    stranger.sendFrames(answerTo(second, 'ack'), answerTo(first, 'nack', reason));

    const again = await stranger.hearFrame();
    expect(again).toMatchObject({ chunkIndex: 0, digest: first.digest });
    stranger.sendFrames(answerTo(again, 'ack'));
    await finishWith(reception, content, [rawChunk(again), rawChunk(second)]);
    expect((await ferryline.settled(run.id)).state).toBe('completed');
  });

  test('takes a nack with a digest of zeros, and an answer that comes twice', async () => {
    const content = await sourceFile(MIB);
    const run = await copy('file', '/vault/file');
    const reception = await hearReception();
    sayReceiving(reception);
    const first = await stranger.hearFrame();

    stranger.sendFrames(answerTo({ ...first, digest: Buffer.alloc(32) }, 'nack', NACK.damaged));

    const again = await stranger.hearFrame();
    stranger.sendFrames(answerTo(again, 'ack'), answerTo(again, 'ack'));
    await finishWith(reception, content, [rawChunk(again)]);
    expect((await ferryline.settled(run.id)).state).toBe('completed');
  });

  test('keeps what is under way within the window when nothing is acknowledged', async () => {
    const chunks = (2 * RELAY_MEMORY_BYTES) / MIB;
    const content = await sourceFile(chunks * MIB);
    const run = await copy('file', '/vault/file', { compression: 'lz4' });
    const reception = await hearReception();
    sayReceiving(reception);
    const unacknowledged = [...(await stranger.hearFrames(RELAY_MEMORY_BYTES / MIB))];
    // By the time another file has gone the whole way, the source has had every opportunity to send more than it may.
    await somethingElseTravels();

    expect(stranger.unheardFrames).toBeLessThanOrEqual(1);
    for (let heard = unacknowledged.length; heard < chunks; heard += 1) {
      const oldest = unacknowledged.shift();
      if (oldest !== undefined) stranger.sendFrames(answerTo(oldest, 'ack'));
      unacknowledged.push(await stranger.hearFrame());
      expect(stranger.unheardFrames).toBeLessThanOrEqual(1);
    }
    stranger.sendFrames(...unacknowledged.map((frame) => answerTo(frame, 'ack')));
    const pieces = Array.from({ length: chunks }, (_, at) => content.subarray(at * MIB, (at + 1) * MIB));
    await finishWith(reception, content, pieces);
    expect((await ferryline.settled(run.id)).state).toBe('completed');
  });

  async function somethingElseTravels(): Promise<void> {
    const name = `bystander-${agents}`;
    await mkdir(join(ferryline.folder, name));
    const bystander = await ferryline.startAgent(name, [`${join(ferryline.folder, name)}:rw`]);
    await writeFile(join(ferryline.folder, 'source', 'other'), randomBytes(MIB));
    const run = await startRun('other', name, join(ferryline.folder, name, 'other'));
    expect((await ferryline.settled(run.id)).state).toBe('completed');
    await bystander.close();
  }
});

describe('an attempt', () => {
  test('that failed with a retryable code starts over under the next number; what belongs to the old one is dropped', async () => {
    const content = await sourceFile(MIB);
    const run = await copy('file', '/vault/file');
    const old = await hearReception();
    sayReceiving(old);
    const oldFrame = await stranger.hearFrame();
    const { transfer, attempt } = old;
    // The source does not wait for acknowledgements: its hashes come before the destination has everything.
    await stranger.hear('finish');
    stranger.say({ type: 'failed', transfers: [{ transfer, attempt, code: 'CHUNK_CORRUPT', message: 'It broke.' }] });

    expect(await stranger.hear('cancel')).toMatchObject({ transfers: [{ transfer, attempt }] });
    const next = await hearReception();
    expect(next).toEqual({ ...old, attempt: 2 });
    stranger.sendFrames(answerTo(oldFrame, 'ack'), answerTo(oldFrame, 'nack', NACK.damaged));
    stranger.say({ type: 'finished', transfers: [{ transfer, attempt }] });
    sayReceiving(next);
    const frame = await stranger.hearFrame();
    expect(frame.attempt).toBe(2);
    stranger.sendFrames(answerTo(frame, 'ack'));
    await finishWith(next, content, [rawChunk(frame)]);
    expect(await ferryline.settled(run.id)).toMatchObject({ state: 'completed' });
  });

  test('that failed with a final code fails the file, and people read its code and message', async () => {
    await sourceFile(10);
    const run = await copy('file', '/vault/file');
    const { transfer, attempt } = await hearReception();

    stranger.say({
      type: 'failed',
      transfers: [{ transfer, attempt, code: 'NO_SPACE', message: 'The vault is full.' }],
    });

    expect(await stranger.hear('cancel')).toMatchObject({ transfers: [{ transfer, attempt }] });
    expect(await ferryline.settled(run.id)).toMatchObject({
      state: 'failed',
      error: { code: 'NO_SPACE', message: expect.stringContaining('The vault is full.') },
    });
  });

  test('is cancelled with its run', async () => {
    await sourceFile(10);
    const run = await copy('file', '/vault/file');
    const { transfer, attempt } = await hearReception();

    await ferryline.post(`runs/${run.id}/cancel`, {});

    expect(await stranger.hear('cancel')).toMatchObject({ transfers: [{ transfer, attempt }] });
    expect((await ferryline.settled(run.id)).state).toBe('cancelled');
  });
});

describe('a destination that comes back', () => {
  test('is asked again with the same attempt, and sent the rest of what it holds', async () => {
    const content = await sourceFile(3 * MIB);
    const run = await copy('file', '/vault/file');
    const before = await hearReception();
    sayReceiving(before);
    const [first] = inOrder(await stranger.hearFrames(3));
    stranger.sendFrames(answerTo(first, 'ack'));

    await comeBack();

    const reception = await hearReception();
    expect(reception).toEqual(before);
    sayReceiving(reception, [[0, 1]]);
    const rest = inOrder(await stranger.hearFrames(2));
    expect(rest.map((frame) => frame.chunkIndex)).toEqual([1, 2]);
    stranger.sendFrames(...rest.map((frame) => answerTo(frame, 'ack')));
    await finishWith(reception, content, [rawChunk(first), ...rest.map(rawChunk)]);
    expect((await ferryline.settled(run.id)).state).toBe('completed');
  });

  test('and published the file before says finished, and the hub believes it', async () => {
    await sourceFile(10);
    const run = await copy('file', '/vault/file');
    const { transfer, attempt } = await hearReception();
    sayReceiving({ transfer, attempt });
    stranger.sendFrames(answerTo(await stranger.hearFrame(), 'ack'));
    await stranger.hear('finish');

    await comeBack();

    await hearReception();
    stranger.say({ type: 'finished', transfers: [{ transfer, attempt }] });
    expect(await stranger.hear('settled')).toMatchObject({ transfers: [{ transfer, attempt }] });
    expect((await ferryline.settled(run.id)).state).toBe('completed');
  });
});

describe('a session is ended by the hub, and the copy goes on when the agent is back, after', () => {
  test.each<[string, readonly (readonly [number, number])[]]>([
    ['a range beyond the end of the file', [[0, 3]]],
    [
      'ranges that overlap',
      [
        [0, 2],
        [1, 1],
      ],
    ],
    [
      'ranges that touch',
      [
        [0, 1],
        [1, 1],
      ],
    ],
  ])('%s', async (_what, held) => {
    const content = await sourceFile(2 * MIB);
    const run = await copy('file', '/vault/file');

    sayReceiving(await hearReception(), held);

    await expectRefusedAndGoOn(run, content);
  });

  test.each<[string, (transfer: number) => Buffer]>([
    [
      'an ack of a chunk that the file does not have',
      (transfer) => encodeFrame({ transfer, chunkIndex: 2, rawLength: MIB }),
    ],
    ['an ack with a raw length that the chunk does not have', (transfer) => encodeFrame({ transfer, rawLength: 5 })],
    ['a chunk that it sends instead of receiving it', (transfer) => chunkFrame(Buffer.alloc(MIB), { transfer })],
  ])('%s', async (_what, forge) => {
    const content = await sourceFile(2 * MIB);
    const run = await copy('file', '/vault/file');
    const reception = await hearReception();
    sayReceiving(reception);
    await stranger.hearFrames(2);

    stranger.sendFrames(forge(reception.transfer));

    await expectRefusedAndGoOn(run, content);
  });

  async function expectRefusedAndGoOn(run: RunView, content: Buffer): Promise<void> {
    expect(await stranger.hear('refused')).toMatchObject({ code: 'PROTOCOL', message: expect.stringMatching(/\.$/) });
    await stranger.ended;
    await comeBack();
    const reception = await hearReception();
    expect(reception.attempt).toBe(1);
    sayReceiving(reception);
    const frames = inOrder(await stranger.hearFrames(2));
    stranger.sendFrames(...frames.map((frame) => answerTo(frame, 'ack')));
    await finishWith(reception, content, frames.map(rawChunk));
    expect((await ferryline.settled(run.id)).state).toBe('completed');
  }

  test('frames from an agent that has no part in the transfer', async () => {
    const content = await sourceFile(MIB);
    const run = await copy('file', '/vault/file');
    const reception = await hearReception();
    sayReceiving(reception);
    const frame = await stranger.hearFrame();
    const intruder = await ferryline.post<{ token: string }>('tokens', { agent: `intruder-${agents}` });
    for (const forgery of [answerTo(frame, 'ack'), answerTo(frame, 'nack', NACK.damaged), encodeFrame(frame)]) {
      const other = await Stranger.connect(ferryline.hubUrl, intruder.token);
      other.sendFrames(forgery);
      expect(await other.hear('refused')).toMatchObject({ code: 'PROTOCOL' });
      await other.ended;
    }
    const liar = await Stranger.connect(ferryline.hubUrl, intruder.token);
    const { transfer, attempt } = reception;
    liar.say({ type: 'finished', transfers: [{ transfer, attempt }] });
    liar.say({ type: 'failed', transfers: [{ transfer, attempt, code: 'INTERNAL', message: 'Ha.' }] });
    liar.say({ type: 'receiving', transfers: [{ transfer, attempt, held: [[0, 1]] }] });

    stranger.sendFrames(answerTo(frame, 'ack'));
    await finishWith(reception, content, [rawChunk(frame)]);
    expect((await ferryline.settled(run.id)).state).toBe('completed');
    expect(stranger.unheardFrames).toBe(0);
    await liar.leave();
  });
});

async function sourceFile(size: number): Promise<Buffer> {
  const content = randomBytes(size);
  await writeFile(join(ferryline.folder, 'source', 'file'), content);
  return content;
}

function copy(source: string, path: string, options: object = {}): Promise<RunView> {
  return startRun(source, agentName, path, options);
}

function startRun(source: string, agent: string, path: string, options: object = {}): Promise<RunView> {
  return ferryline.post<RunView>('runs', {
    source: { agent: 'source', path: join(ferryline.folder, 'source', source) },
    destination: { agent, path },
    options,
  });
}

/** The only transfer of the next `receive`. */
async function hearReception(): Promise<Reception> {
  const { transfers } = await stranger.hear('receive');
  const [reception] = transfers;
  if (reception === undefined || transfers.length !== 1) throw new Error(`${transfers.length} transfers, not one`);
  return reception;
}

function sayReceiving(
  { transfer, attempt }: Pick<Reception, 'transfer' | 'attempt'>,
  held: readonly (readonly [number, number])[] = [],
): void {
  stranger.say({ type: 'receiving', transfers: [{ transfer, attempt, held }] });
}

/** Checks what `finish` states against the content, says finished, and waits until it is settled. */
async function finishWith({ transfer, attempt }: Reception, content: Buffer, chunks: readonly Buffer[]): Promise<void> {
  expect((await stranger.hear('finish')).transfers).toEqual([
    {
      transfer,
      attempt,
      fileHash: sha256(content).toString('hex'),
      chunkListHash: sha256(...chunks.map((chunk) => sha256(chunk))).toString('hex'),
    },
  ]);
  stranger.say({ type: 'finished', transfers: [{ transfer, attempt }] });
  expect((await stranger.hear('settled')).transfers).toEqual([{ transfer, attempt }]);
}

async function comeBack(): Promise<void> {
  await stranger.leave();
  stranger = await Stranger.connect(ferryline.hubUrl, token, VAULT, randomUUID());
}

function inOrder(frames: readonly Frame[]): [Frame, Frame, ...Frame[]] {
  const [first, second, ...rest] = frames.toSorted((a, b) => a.chunkIndex - b.chunkIndex);
  if (first === undefined || second === undefined) throw new Error('fewer than two frames');
  return [first, second, ...rest];
}
