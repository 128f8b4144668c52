import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentMessage, type HubMessage, MIN_CHUNK_BYTES } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { AgentReports } from '../session/reports.ts';
import { identityOf } from './identity.ts';
import { Source } from './source.ts';

const REF = { transfer: 1, attempt: 1 };

describe('a source', () => {
  let world: TestTree;

  beforeEach(async () => {
    world = await openTestTree();
  });
  afterEach(() => world.close());

  test('states a file that it was told to let go of and to send again, while a slow lane still takes what it had read', async () => {
    writeFileSync(join(world.root, 'a'), Buffer.alloc(2 * MIN_CHUNK_BYTES, 1));
    const room = Promise.withResolvers<void>();
    const said = Promise.withResolvers<AgentMessage>();
    const second = Promise.withResolvers<void>();
    let frames = 0;
    const source = new Source({
      tree: world.tree,
      reports: new AgentReports(said.resolve),
      sendFrame: () => {
        frames += 1;
        if (frames === 2) second.resolve();
        // The first sending waits for room in the lane; the second one has some.
        return frames <= 2 ? room.promise : Promise.resolve();
      },
    });
    const send = sendMessage(world);
    source.onSend(send);
    await second.promise;
    source.onReleased([REF]);

    source.onSend(send);
    room.resolve();

    expect(await said.promise).toMatchObject({ type: 'sent', transfers: [REF] });
    expect(frames).toBe(4);
    source.close();
  });
});

function sendMessage(world: TestTree): Extract<HubMessage, { type: 'send' }> {
  const path = world.at('a');
  const identity = identityOf(lstatSync(join(world.root, 'a'), { bigint: true }));
  const transfer = { ...REF, path, identity, chunkSize: MIN_CHUNK_BYTES, compression: 'none' as const, held: [] };
  return { type: 'send', route: 2, windowBytes: 8 * MIN_CHUNK_BYTES, transfers: [transfer] };
}
