import { readlinkSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

/**
 * Loaded before a program (`node --import`), this makes the disk under one path fail: FAIL_CALL names a call of `node:fs` by which
 * something is read, written or synced through a file that is open, FAIL_CODE the error, FAIL_PATH a part of the file's path. With
 * FAIL_FROM only reads from that byte of the file on fail; with FAIL_TIMES only so many calls do. Linux only: the path of an open file is
 * asked of `/proc`.
 */
const { FAIL_CALL = '', FAIL_CODE = 'EIO', FAIL_PATH = '', FAIL_FROM = '0', FAIL_TIMES = 'Infinity' } = process.env;

type Callable = (...args: unknown[]) => unknown;
const fs = createRequire(import.meta.url)('node:fs') as Record<string, Callable>;
const original = fs[FAIL_CALL];
if (original === undefined) throw new Error(`node:fs has no ${FAIL_CALL}`);

let failures = 0;
const failing = (...args: unknown[]): unknown => {
  if (failures >= Number(FAIL_TIMES) || !isMeant(args)) return original(...args);
  failures += 1;
  const error = Object.assign(new Error(`${FAIL_CODE}: made for a test, ${FAIL_CALL}`), { code: FAIL_CODE });
  const answer = args.at(-1);
  if (typeof answer !== 'function') throw error;
  setImmediate(answer as Callable, error);
  return undefined;
};
// What `promisify` needs to know of it.
fs[FAIL_CALL] = Object.defineProperties(failing, Object.getOwnPropertyDescriptors(original));
syncBuiltinESMExports();

/** @param args - of `read(fd, buffer, offset, length, position, …)`, or of a call whose first argument is the file */
function isMeant([fd, , , , position]: readonly unknown[]): boolean {
  if (!readlinkSync(`/proc/self/fd/${fd}`).includes(FAIL_PATH)) return false;
  return FAIL_CALL !== 'read' || Number(position) >= Number(FAIL_FROM);
}
