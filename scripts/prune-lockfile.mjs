// Takes from package-lock.json the optional dependencies for which it holds no entry. npm leaves such names behind when the registry
// lacks a package for another platform, and `npm ci` of npm 11 then refuses the file. Run after every `npm install`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname ?? '.', '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const pruned = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    delete entry.optionalDependencies[name];
    pruned.push(name);
  }
}
if (pruned.length > 0) writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
process.stdout.write(pruned.length === 0 ? 'lockfile: nothing to prune\n' : `lockfile: pruned ${pruned.join(', ')}\n`);

/** Whether the package at this path finds that name locked, beside itself or above. */
function isLocked(path, name) {
  for (let from = path; ; from = from.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    if (lock.packages[`${from === '' ? '' : `${from}/`}node_modules/${name}`] !== undefined) return true;
    if (from === '' || !from.includes('node_modules')) return lock.packages[`node_modules/${name}`] !== undefined;
  }
}
