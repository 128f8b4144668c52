import type { ExitCode } from '@ferryline/engine';
import type { Io } from './io.ts';

/** What every command gets: the world, and where it leaves the exit code when it is neither 0 nor that of a thrown error. */
export interface CommandContext {
  readonly io: Io;
  exitCode: ExitCode;
}
