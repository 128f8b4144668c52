import { writeSync } from 'node:fs';
import { DestinationLife } from '../../packages/agent/src/destination/example-life.ts';
import { AllowedRoots } from '../../packages/agent/src/paths/allowed-roots.ts';
import { DirectoryTree } from '../../packages/agent/src/paths/directory-tree.ts';

/**
 * A process that receives one file, or goes on receiving it, and says on standard output what it has promised so far: the index of each
 * chunk that it acknowledged, then `finished`. Arguments: root, state directory, name of the file, `replace` or `fail`.
 */
const [root = '', stateDir = '', name = '', existing = ''] = process.argv.slice(2);
const roots = await AllowedRoots.open([{ path: root, access: 'rw' }], { stateDir });
const life = new DestinationLife(new DirectoryTree(roots), stateDir, { root, names: ['sub', name] });
const held = await life.receive({ existing: existing === 'fail' ? 'fail' : 'replace' });
if (held !== 'finished') {
  const isHeld = (index: number): boolean => held.some(([first, count]) => index >= first && index < first + count);
  for (const index of [0, 2, 1].filter((each) => !isHeld(each))) {
    await life.take(index);
    say(String(index));
  }
  await life.finish();
}
say('finished');
process.exit();

function say(word: string): void {
  writeSync(1, `${word}\n`);
}
