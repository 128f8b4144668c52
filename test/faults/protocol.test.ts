import { cpSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chunkFrame, KIND, LAST_CHUNK, sha256 } from '../protocol/frame.ts';
import type { Sending } from '../protocol/messages.ts';
import { Stranger } from '../protocol/stranger.ts';
import { Ferryline, type RunView } from '../system/ferryline.ts';

// FAULTS.md, protocol: what an agent says twice, late, or against what it said before.

const MIB = 2 ** 20;
const CONTENT = Buffer.concat([Buffer.alloc(MIB, 'first'), Buffer.alloc(1000, 'second')]);
const CHUNKS = [CONTENT.subarray(0, MIB), CONTENT.subarray(MIB)] as const;

let ferryline: Ferryline;
let stranger: Stranger;
let token: string;

beforeEach(async () => {
  ferryline = await Ferryline.start();
  ({ token } = await ferryline.post<{ token: string }>('tokens', { agent: 'archive' }));
});
afterEach(async () => {
  await stranger?.leave();
  await ferryline.close();
});

describe('a source', () => {
  beforeEach(async () => {
    await ferryline.startAgent('destination', [`${join(ferryline.folder, 'destination')}:rw`]);
    stranger = await Stranger.connect(ferryline.hubUrl, token, [{ path: '/archive', access: 'ro' }]);
  });

  test('F29: that sends other bytes for a chunk that is held has the first copy kept', async () => {
    const { run, sending } = await offer();
    send(sending, 0);
    await stranger.hearFrame();

    const other = chunkFrame(Buffer.alloc(MIB, 'other'), { ...attemptOf(sending), chunkIndex: 0 });
    stranger.sendFrames(other);
    const answer = await stranger.hearFrame();
    send(sending, 1);
    await stranger.hearFrame();
    saySent(sending);

    // What is acknowledged is what is held, and says so by its digest.
    expect(answer).toMatchObject({ kind: KIND.ack, chunkIndex: 0, digest: sha256(CHUNKS[0]) });
    await expectPublished(run);
  });

  test('F30: that says sent before it sends anything is believed when all has come, and not before', async () => {
    const { run, sending } = await offer();
    saySent(sending);
    send(sending, 0);
    await stranger.hearFrame();

    expect(readdirSync(join(ferryline.folder, 'destination'))).toEqual([expect.stringMatching(/^\.ferry-/)]);
    send(sending, 1);
    await expectPublished(run);
  });

  test('F30: that says sent twice, and sends a chunk after all is over, changes nothing by it', async () => {
    const { run, sending } = await offer();
    for (const index of [0, 1] as const) send(sending, index);
    saySent(sending);
    saySent(sending);
    await expectPublished(run);

    saySent(sending);
    stranger.sendFrames(chunkFrame(Buffer.alloc(MIB, 'late'), { ...attemptOf(sending), chunkIndex: 0 }));

    // Whatever is asked for now is dealt with after that.
    const again = await offer('again');
    for (const index of [0, 1] as const) send(again.sending, index);
    saySent(again.sending);
    await expectPublished(again.run, 'again');
    await expectPublished(run);
  });
});

test('F34: a destination that was set back to what it remembered earlier publishes nothing twice', async () => {
  const { folder } = ferryline;
  const [received, state, snapshot] = [
    join(folder, 'destination'),
    join(folder, 'state-destination'),
    join(folder, 'kept'),
  ];
  const startDestination = () => ferryline.startAgent('destination', [`${received}:rw`]);
  stranger = await Stranger.connect(ferryline.hubUrl, token, [{ path: '/archive', access: 'ro' }]);
  let destination = await startDestination();
  const { run, sending } = await offer();
  send(sending, 0);
  await stranger.hearFrame();
  await destination.close();
  cpSync(state, snapshot, { recursive: true });
  destination = await startDestination();
  const again = await hearSending();
  send(again, 1);
  saySent(again);
  await expectPublished(run);
  renameSync(join(received, 'file'), join(folder, 'consumed'));
  await destination.close();

  rmSync(state, { recursive: true });
  cpSync(snapshot, state, { recursive: true });
  await startDestination();

  const next = await offer('next');
  for (const index of [0, 1] as const) send(next.sending, index);
  saySent(next.sending);
  await expectPublished(next.run, 'next');
  expect(again.held).toEqual([[0, 1]]);
  expect(readdirSync(received)).toEqual(['next']);
});

/** Starts a copy of a file, and resolves when the hub asks for its content. */
async function offer(name = 'file'): Promise<{ readonly run: RunView; readonly sending: Sending }> {
  const run = await ferryline.post<RunView>('runs', {
    source: { agent: 'archive', path: `/archive/${name}` },
    destination: { agent: 'destination', path: join(ferryline.folder, 'destination', name) },
  });
  await stranger.hear('scan');
  const identity = { dev: '1', ino: '2', size: CONTENT.length, mtimeNs: '0', ctimeNs: '0' };
  const entries = [{ kind: 'file', names: [], mode: 0o640, mtimeNs: '0', identity }];
  stranger.say({ type: 'entries', run: run.id, page: 0, skipped: [], last: true, entries });
  return { run, sending: await hearSending() };
}

async function hearSending(): Promise<Sending> {
  const [sending] = (await stranger.hear('send')).transfers;
  if (sending === undefined) throw new Error('The hub asks for nothing.');
  return sending;
}

function attemptOf({ transfer, attempt }: Sending): { readonly transfer: number; readonly attempt: number } {
  return { transfer, attempt };
}

function send(sending: Sending, chunkIndex: 0 | 1): void {
  const flags = chunkIndex === 1 ? LAST_CHUNK : 0;
  stranger.sendFrames(chunkFrame(CHUNKS[chunkIndex], { ...attemptOf(sending), chunkIndex, flags }));
}

function saySent(sending: Sending): void {
  const fileHash = sha256(CONTENT).toString('hex');
  const chunkListHash = sha256(...CHUNKS.map((raw) => sha256(raw))).toString('hex');
  stranger.say({ type: 'sent', transfers: [{ ...attemptOf(sending), fileHash, chunkListHash }] });
}

async function expectPublished(run: RunView, name = 'file'): Promise<void> {
  expect(await ferryline.settled(run.id)).toMatchObject({ state: 'completed', counters: { filesMoved: 1 } });
  expect((await readFile(join(ferryline.folder, 'destination', name))).equals(CONTENT)).toBe(true);
}
