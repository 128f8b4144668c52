import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FaultyLink } from '../system/faulty-link.ts';
import { Ferryline } from '../system/ferryline.ts';

// FAULTS.md, network: what befalls a connection costs time, and never a byte.

const MIB = 2 ** 20;
const WINDOW_BYTES = 4 * MIB;
/** What stands before a chunk on a lane: the header of a WebSocket message from a client, and that of the frame. */
const MESSAGE_HEADER_BYTES = 14;
const FRAME_HEADER_BYTES = 72;

let ferryline: Ferryline;
let link: FaultyLink;

beforeEach(async () => {
  ferryline = await Ferryline.start({ relayMemoryBytes: WINDOW_BYTES, heartbeatSeconds: 1 });
  link = await FaultyLink.start(ferryline.hubUrl);
});
afterEach(async () => {
  await ferryline.close();
  await link.close();
});

describe('F11: a copy whose lane is reset', () => {
  test.each([
    ['within the header of a message', 2 * MIB + 2 * (MESSAGE_HEADER_BYTES + FRAME_HEADER_BYTES) + 5],
    ['within the header of a frame', MESSAGE_HEADER_BYTES + 40],
    ['before the last byte of a frame', MESSAGE_HEADER_BYTES + FRAME_HEADER_BYTES + MIB - 1],
    ['in the middle of a chunk', MIB + 2 * (MESSAGE_HEADER_BYTES + FRAME_HEADER_BYTES) + MIB / 2],
  ])('%s arrives, and no more than the window was sent again', async (_where, at) => {
    const content = await putFile(6 * MIB);
    await ferryline.startBothAgents({ source: link.url });
    const reset = link.resetLane('toHub', at);

    const run = await ferryline.copy('file', 'file', { compression: 'none' });
    await reset;

    expect(run).toMatchObject({ state: 'completed', counters: { filesMoved: 1, filesFailed: 0 } });
    await expectArrived(content);
    expect(run.counters.wireBytes).toBeLessThan(content.length + WINDOW_BYTES + MIB);
  });

  test('F11: on the way to the destination arrives', async () => {
    const content = await putFile(6 * MIB);
    await ferryline.startBothAgents({ destination: link.url });
    const reset = link.resetLane('fromHub', 2 * MIB + 100);

    const run = await ferryline.copy('file', 'file', { compression: 'none' });
    await reset;

    expect(run.state).toBe('completed');
    await expectArrived(content);
  });
});

test.each(['source', 'destination'] as const)(
  'F12: a connection of the %s that falls silent is given up by both ends, and the copy goes on over a new one',
  async (end) => {
    const content = await putFile(12 * MIB);
    await ferryline.startBothAgents({ [end]: link.url });
    const { id } = await ferryline.startCopy('file', 'file', { compression: 'none' });
    await link.carried(end === 'source' ? 'toHub' : 'fromHub', 2 * MIB);

    link.fallSilent();
    const before = link.dials;
    // Three heartbeats of a second, for the hub as for the agent.
    await expect.poll(() => statusOf(end), { timeout: 10_000 }).toBe('offline');
    await expect.poll(() => link.dials, { timeout: 10_000 }).toBeGreaterThan(before);
    link.comeBack();

    expect(await ferryline.settled(id)).toMatchObject({ state: 'completed', counters: { filesFailed: 0 } });
    await expectArrived(content);
  },
);

test('F14: 300 ms there and back, now more and now less, leave the window full and time nothing out', async () => {
  const content = await putFile(12 * MIB);
  link.delayMs = 140;
  link.jitterMs = 20;
  await ferryline.startBothAgents({ source: link.url });

  const run = await ferryline.copy('file', 'file', { compression: 'none' });

  expect(run).toMatchObject({ state: 'completed', counters: { wireBytes: content.length + 12 * FRAME_HEADER_BYTES } });
  await expectArrived(content);
  // As much as there may be: so a window moves in each round trip, and not a chunk.
  expect(link.mostUnderWay.toHub).toBeGreaterThan(0.7 * WINDOW_BYTES);
});

test('F15: a line that breaks again and again gets a copy on each time, and leaves no session behind', async () => {
  const content = await putFile(24 * MIB);
  await ferryline.startBothAgents({ source: link.url });
  const { id } = await ferryline.startCopy('file', 'file', { compression: 'none' });

  for (let cut = 0; cut < 4; cut += 1) {
    await link.carried('toHub', 5 * MIB);
    link.cut();
  }

  const run = await ferryline.settled(id);
  expect(run).toMatchObject({ state: 'completed', counters: { bytesMoved: content.length, filesFailed: 0 } });
  await expectArrived(content);
  // Each time it went on from what the destination held: all that was on its way can have been lost, and nothing else.
  expect(run.counters.wireBytes).toBeLessThan(content.length + 4 * WINDOW_BYTES + MIB);
  // One to talk over, and the lane.
  await expect.poll(() => link.connections).toBe(2);
  expect(await statusOf('source')).toBe('online');
});

test.each([
  ['source', 'toHub'],
  ['destination', 'fromHub'],
] as const)('F19: a bit that flips on the lane of the %s is noticed, and the chunk is sent again', async (end, way) => {
  const content = await putFile(4 * MIB);
  await ferryline.startBothAgents({ [end]: link.url });
  const flipped = link.flipOnLane(way, MIB + 1000);

  const run = await ferryline.copy('file', 'file', { compression: 'none' });
  await flipped;

  expect(run.state).toBe('completed');
  await expectArrived(content);
  expect(run.counters.wireBytes).toBeGreaterThan(content.length + MIB);
  expect((await ferryline.metrics()).get('ferryline_relay_chunks_refused_total')).toBe(1);
});

/** Puts a file of random bytes at the source. */
async function putFile(size: number): Promise<Buffer> {
  const content = randomBytes(size);
  await writeFile(join(ferryline.folder, 'source', 'file'), content);
  return content;
}

async function statusOf(agent: string): Promise<string | undefined> {
  const { items } = await ferryline.get<{ items: { name: string; status: string }[] }>('agents');
  return items.find(({ name }) => name === agent)?.status;
}

async function expectArrived(content: Buffer): Promise<void> {
  const destination = join(ferryline.folder, 'destination');
  expect((await readFile(join(destination, 'file'))).equals(content)).toBe(true);
  expect((await readdir(destination)).filter((name) => name.startsWith('.'))).toEqual([]);
}
