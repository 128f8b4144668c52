import { type ExitCode, FerryError } from '@ferryline/engine';
import { displayName } from './display/display-name.ts';
import type { Io } from './io.ts';

/**
 * Says what went wrong, in one line on standard error, and returns the exit code that belongs to it. The stack is for those who look
 * for a defect: FERRY_DEBUG=1 shows it.
 */
export function reportError(io: Io, thrown: unknown): ExitCode {
  const error = FerryError.from(thrown);
  io.stderr.write(`ferry: ${displayName(error.message)}\n`);
  if (io.env.FERRY_DEBUG === '1') io.stderr.write(`${describe(thrown)}\n`);
  return error.exitCode;
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const own = thrown.stack ?? thrown.message;
  return thrown.cause === undefined ? own : `${own}\ncaused by ${describe(thrown.cause)}`;
}
