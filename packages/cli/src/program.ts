import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import type { CommandContext } from './command-context.ts';
import { addAgentCommand } from './commands/agent.ts';
import { addAgentsCommand } from './commands/agents.ts';
import { addCopyCommand } from './commands/cp.ts';
import { addHubCommand } from './commands/hub.ts';
import { addLoginCommand } from './commands/login.ts';
import { addLogoutCommand } from './commands/logout.ts';
import { addRunsCommand } from './commands/runs.ts';
import { addTokensCommand } from './commands/tokens.ts';
import { addTransfersCommand } from './commands/transfers.ts';
import { displayName } from './display/display-name.ts';

const FIRST_STEPS_HELP = `
First steps:
  ferry hub --host 0.0.0.0                            on a machine that all others reach
  ferry login http://hub.example:7420 --email YOU     from anywhere
  ferry tokens create web-01 > web-01.token           once for each agent
  ferry agent --hub http://hub.example:7420 --token-file web-01.token --allow /srv:ro
  ferry cp web-01:/srv/a.log vault:/in/

Exit codes: 0 ok, 1 wrong usage, 2 partly done, 3 failed, 4 nothing matched, 5 unreachable or denied.`;

/** Every command of `ferry`, ready to read a command line. Nothing is written and nothing ends but through the context's streams. */
export function buildProgram(context: CommandContext): Command {
  const { stdout, stderr } = context.io;
  const ferry = new Command('ferry')
    .description('Moves files between machines that cannot reach each other, through a hub.')
    .version(manifest.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    })
    .showSuggestionAfterError()
    .addHelpText('after', FIRST_STEPS_HELP);
  ferry.commandsGroup('Copy and look:');
  addCopyCommand(ferry, context);
  addRunsCommand(ferry, context);
  addTransfersCommand(ferry, context);
  addAgentsCommand(ferry, context);
  ferry.commandsGroup('Set up:');
  addTokensCommand(ferry, context);
  addLoginCommand(ferry, context);
  addLogoutCommand(ferry, context);
  addHubCommand(ferry, context);
  addAgentCommand(ferry, context);
  sayUsageErrorsInOneLine(ferry, 'ferry');
  return ferry;
}

/** Each command's wrong usage as one line that ends with where to look. */
function sayUsageErrorsInOneLine(command: Command, name: string): void {
  command.configureOutput({
    outputError: (text, write) => {
      const [, problem = ''] = /^(?:error: )?(.*?)\.?$/s.exec(text.trim()) ?? [];
      // `ferry runs shwo`: the listing is what runs when no command is named, and takes nothing, so the word was meant as one.
      const stray = command.name() === 'list' ? command.args[0] : undefined;
      const [what, where] =
        problem.startsWith('too many arguments') && stray !== undefined
          ? [`unknown command '${stray}'`, name.replace(/ list$/, '')]
          : [problem.replaceAll('\n', ' '), name];
      write(`ferry: ${displayName(what)}. See ${where} --help\n`);
    },
  });
  for (const child of command.commands) sayUsageErrorsInOneLine(child, `${name} ${child.name()}`);
}
