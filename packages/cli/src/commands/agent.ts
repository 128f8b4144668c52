import type { Command } from 'commander';
import { type AgentFlags, agentOptions } from '../agent-options.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { printLine } from '../display/output.ts';
import { tuneGarbageCollection } from '../process/garbage-collection.ts';
import { serviceLog } from '../process/log.ts';
import { runUntilStopped } from '../process/run-until-stopped.ts';

export function addAgentCommand(program: Command, context: CommandContext): void {
  const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  program
    .command('agent')
    .description('run an agent on this machine, until Ctrl-C')
    .option('--hub <url>', 'the hub to dial (FERRY_HUB)')
    .option('--token-file <file>', "file that holds the agent's token (FERRY_TOKEN_FILE)")
    .option('--token <token>', 'the token itself; others on this machine can see it, so prefer a file or FERRY_TOKEN')
    .option(
      '--allow <path:access>',
      'open a folder to the hub, as in /srv/data:ro or /in:rw; repeatable (FERRY_ALLOW)',
      collect,
      [],
    )
    .option('--state-dir <folder>', 'what the agent must remember (FERRY_STATE_DIR)')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent (FERRY_LOG_LEVEL)')
    .action((flags: AgentFlags) => runAgent(flags, context));
}

async function runAgent(flags: AgentFlags, { io }: CommandContext): Promise<void> {
  tuneGarbageCollection();
  // Only this command needs the agent's code, which takes longer to load than all the others together.
  const { parseAllowedRoot, startAgent } = await import('@ferryline/agent');
  const { config, logLevel, warnings } = await agentOptions(flags, io.env, parseAllowedRoot);
  for (const warning of warnings) io.stderr.write(`ferry: warning: ${displayName(warning)}\n`);
  const agent = await startAgent(config, serviceLog('agent', logLevel));
  // When the hub refuses, `closed` says so too, and that is where it is handled.
  agent.welcome.then(
    ({ agentName }) => printLine(io, `Ferryline agent ${displayName(agentName)} connected to ${config.hubUrl.origin}`),
    () => undefined,
  );
  await runUntilStopped(agent);
}
