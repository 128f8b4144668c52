import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaultyLink } from '../system/faulty-link.ts';
import { Ferryline } from '../system/ferryline.ts';
import { sha256 } from '../system/tree-differences.ts';

// FAULTS.md F12, F18: a lane on which nothing passes any more, while control messages do, is reset by the stall detector.

const MIB = 1024 * 1024;

let ferryline: Ferryline;
let link: FaultyLink;

beforeAll(async () => {
  ferryline = await Ferryline.start({ stallSeconds: 2, relayMemoryBytes: 8 * MIB });
  link = await FaultyLink.start(ferryline.hubUrl);
  await ferryline.startBothAgents({ destination: link.url });
});
afterAll(async () => {
  await ferryline.close();
  await link.close();
});

test('F12: a lane that stands still is given up, and the copy goes on from what is held', async () => {
  const file = join(ferryline.folder, 'source', 'file');
  await writeFile(file, randomBytes(32 * MIB));
  const carried = link.carried('fromHub', 4 * MIB);
  const { id } = await ferryline.startCopy('file', 'file', { compression: 'none' });
  await carried;
  const dials = link.dials;

  link.holdLanes('fromHub');
  // The agent comes back with a session, and with a lane, which stands still as well until the fault is over.
  await expect.poll(() => link.dials, { timeout: 30_000 }).toBeGreaterThanOrEqual(dials + 2);
  link.release();

  const run = await ferryline.settled(id);
  expect(run).toMatchObject({ state: 'completed', counters: { filesMoved: 1 } });
  expect(await sha256(join(ferryline.folder, 'destination', 'file'))).toBe(await sha256(file));
});
