import { type ExitCode, exitCodes } from '@ferryline/engine';
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import type { CommandContext } from './command-context.ts';
import { addAgentCommand } from './commands/agent.ts';
import { addAgentsCommand } from './commands/agents.ts';
import { addCopyCommand } from './commands/cp.ts';
import { addHubCommand } from './commands/hub.ts';
import { addLoginCommand } from './commands/login.ts';
import { addRunsCommand } from './commands/runs.ts';
import { addTokensCommand } from './commands/tokens.ts';
import { addTransfersCommand } from './commands/transfers.ts';
import { displayName } from './display/display-name.ts';
import { type Io, processIo } from './io.ts';
import { reportError } from './report-error.ts';

const EXIT_CODES_HELP =
  '\nExit codes: 0 ok, 1 wrong usage, 2 partly done, 3 failed, 4 nothing matched, 5 unreachable or denied.';

/**
 * The `ferry` command. Never throws and never ends the process: what goes wrong is said on standard error.
 *
 * @param args what follows `ferry` on the command line
 * @returns the exit code
 */
export async function main(args: readonly string[], io: Io = processIo()): Promise<ExitCode> {
  const context: CommandContext = { io, exitCode: exitCodes.ok };
  try {
    await program(context).parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (thrown) {
    // Commander has said what it had to say by then; help that was asked for is no error.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reportError(io, thrown);
  }
}

function program(context: CommandContext): Command {
  const { stdout, stderr } = context.io;
  const ferry = new Command('ferry')
    .description('Moves files between machines that cannot reach each other, through a hub.')
    .version(manifest.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) =>
        write(
          `ferry: ${displayName(
            text
              .replace(/^error: /, '')
              .trim()
              .replaceAll('\n', ' '),
          )}\n`,
        ),
    })
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_CODES_HELP);
  addCopyCommand(ferry, context);
  addRunsCommand(ferry, context);
  addTransfersCommand(ferry, context);
  addAgentsCommand(ferry, context);
  addTokensCommand(ferry, context);
  addLoginCommand(ferry, context);
  addHubCommand(ferry, context);
  addAgentCommand(ferry, context);
  return ferry;
}
