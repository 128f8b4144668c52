import { constants, writeFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

/**
 * Loaded before a program (`node --import`), this kills the process at the n-th call by which it changes something on a disk: DIE_AT=n, or
 * DIE_AT=name for the first call of that name; DIE_WHEN=before leaves the call undone, DIE_WHEN=after leaves its answer unheard. The
 * counters of `strace --inject` are one for each thread, and would pass over whatever a second thread does first.
 *
 * What was called, in order, is written to DIE_LOG when the program ends by itself.
 */
const { DIE_AT = '0', DIE_WHEN = 'before', DIE_LOG } = process.env;
const callbackCalls = [
  'write',
  'writev',
  'fsync',
  'fdatasync',
  'ftruncate',
  'rename',
  'link',
  'unlink',
  'open',
  'mkdir',
];
const syncCalls = [
  ...['mkdirSync', 'writeSync', 'fsyncSync', 'fchmodSync', 'futimesSync', 'renameSync', 'unlinkSync', 'ftruncateSync'],
  ...['openSync'],
];

type Callable = (...args: unknown[]) => unknown;
const require = createRequire(import.meta.url);
const fs = require('node:fs') as Record<string, Callable>;
const calls: string[] = [];

for (const name of [...syncCalls, ...callbackCalls]) {
  const original = fs[name];
  if (original === undefined) throw new Error(`node:fs has no ${name}`);
  const isSync = name.endsWith('Sync');
  const counted = (...args: unknown[]): unknown => {
    if (!changesDisk(name, args)) return original(...args);
    calls.push(name);
    const isLast = DIE_AT === name || Number(DIE_AT) === calls.length;
    if (isLast && DIE_WHEN === 'before') die();
    if (!isLast) return original(...args);
    if (!isSync) return original(...args.slice(0, -1), die);
    try {
      return original(...args);
    } finally {
      die();
    }
  };
  // What `promisify` needs to know of it.
  fs[name] = Object.defineProperties(counted, Object.getOwnPropertyDescriptors(original));
}
syncBuiltinESMExports();
if (DIE_LOG !== undefined) process.once('exit', () => writeFileSync(DIE_LOG, calls.join('\n')));

function changesDisk(name: string, [first, flags]: readonly unknown[]): boolean {
  if (name === 'open' || name === 'openSync') return typeof flags === 'number' && (flags & constants.O_CREAT) !== 0;
  // Standard output and error are no disk.
  return first !== 1 && first !== 2;
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
