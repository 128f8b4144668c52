import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import type { CommandContext } from './command-context.ts';
import { addAgentCommand } from './commands/agent.ts';
import { addAgentsCommand } from './commands/agents.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addCopyCommand } from './commands/cp.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addHubCommand } from './commands/hub.ts';
import { addHubCareCommands } from './commands/hub-care.ts';
import { addJobsCommand } from './commands/jobs.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addLoginCommand } from './commands/login.ts';
import { addLogoutCommand } from './commands/logout.ts';
import { addLsCommand } from './commands/ls.ts';
import { addPasswordCommand } from './commands/password.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addRegisterCommand } from './commands/register.ts';
import { addRunCommand } from './commands/run.ts';
import { addRunsCommand } from './commands/runs.ts';
import { addSetupCommand } from './commands/setup.ts';
import { addSignInsCommand } from './commands/sign-ins.ts';
import { addTokensCommand } from './commands/tokens.ts';
import { addTransfersCommand } from './commands/transfers.ts';
import { addUsersCommand } from './commands/users.ts';
import { displayName } from './display/display-name.ts';

const FIRST_STEPS_HELP = `
First steps:
  ferry hub --host 0.0.0.0 --tls-self-signed          on a machine that all others reach
  ferry setup https://hub.example:7420 --pin sha256:… --email YOU    once; later: ferry login
  ferry tokens create web-01 > web-01.token           once for each agent
  ferry agent --hub https://hub.example:7420 --pin sha256:… --token-file web-01.token --allow /srv:ro
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
  addLsCommand(ferry, context);
  addRunsCommand(ferry, context);
  addTransfersCommand(ferry, context);
  ferry.commandsGroup('Standing orders:');
  addJobsCommand(ferry, context);
  addPlanCommand(ferry, context);
  addRunCommand(ferry, context);
  ferry.commandsGroup('Agents:');
  addAgentsCommand(ferry, context);
  addTokensCommand(ferry, context);
  ferry.commandsGroup('Who you are:');
  addLoginCommand(ferry, context);
  addLogoutCommand(ferry, context);
  addPasswordCommand(ferry, context);
  addSignInsCommand(ferry, context);
  addKeysCommand(ferry, context);
  addRegisterCommand(ferry, context);
  ferry.commandsGroup('Look after a hub:');
  addUsersCommand(ferry, context);
  addAuditCommand(ferry, context);
  addSetupCommand(ferry, context);
  addHubCareCommands(ferry, context);
  ferry.commandsGroup('Services:');
  addHubCommand(ferry, context);
  addAgentCommand(ferry, context);
  addDoctorCommand(ferry, context);
  addCompletionCommand(ferry, context);
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
