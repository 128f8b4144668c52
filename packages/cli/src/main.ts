import { type ExitCode, exitCodes } from '@ferryline/engine';
import { CommanderError } from 'commander';
import type { CommandContext } from './command-context.ts';
import { type Io, processIo } from './io.ts';
import { buildProgram } from './program.ts';
import { reportError } from './report-error.ts';

/**
 * The `ferry` command. Never throws and never ends the process: what goes wrong is said on standard error.
 *
 * @param args what follows `ferry` on the command line
 * @returns the exit code
 */
export async function main(args: readonly string[], io: Io = processIo()): Promise<ExitCode> {
  const context: CommandContext = { io, exitCode: exitCodes.ok };
  try {
    await buildProgram(context).parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (thrown) {
    // Commander has said what it had to say by then; help that was asked for is no error.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reportError(io, thrown);
  }
}
