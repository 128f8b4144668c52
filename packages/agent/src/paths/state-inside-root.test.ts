import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AllowedRoots } from './allowed-roots.ts';
import { openTestTree, type TestTree } from './test-tree.ts';

let world: TestTree;
beforeEach(async () => {
  world = await openTestTree();
});
afterEach(() => world.close());

test('a state directory that is yet to be made is refused where a link leads into a root', async () => {
  const link = join(world.outside, 'link');
  symlinkSync(world.root, link);

  const opened = AllowedRoots.open([{ path: world.root, access: 'rw' }], { stateDir: join(link, 'deep', 'state') });

  await expect(opened).rejects.toMatchObject({ code: 'VALIDATION', message: /within each other/ });
});

test('a state directory beside a root whose name begins like it is taken', async () => {
  const stateDir = `${world.root}-state`;

  await expect(AllowedRoots.open([{ path: world.root, access: 'rw' }], { stateDir })).resolves.toBeDefined();
});
