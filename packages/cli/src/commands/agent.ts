import type { Command } from 'commander';
import { type AgentFlags, agentOptions } from '../agent-options.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { printLine } from '../display/output.ts';
import { tuneGarbageCollection } from '../process/garbage-collection.ts';
import { serviceLog } from '../process/log.ts';
import { outliveOutput } from '../process/outlive-output.ts';
import { rootWarning } from '../process/root-warning.ts';
import { runUntilStopped } from '../process/run-until-stopped.ts';
import { withTrustOptions } from './client-options.ts';

const EXAMPLE = `
Example:
  ferry agent --hub https://hub.example:7420 --token-file web-01.token --allow /srv/export:ro

The token comes from: ferry tokens create NAME > FILE`;

export function addAgentCommand(program: Command, context: CommandContext): void {
  const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  const command = program
    .command('agent')
    .description('run an agent on this machine, until Ctrl-C')
    .option('--hub <url>', 'the hub to dial (FERRY_HUB)');
  withTrustOptions(command)
    .option('--token-file <file>', "file that holds the agent's token (FERRY_TOKEN_FILE)")
    .option('--token <token>', 'the token itself; others on this machine can see it, so prefer a file or FERRY_TOKEN')
    .option(
      '--allow <path[:ro|:rw]>',
      'a folder that the hub may use, as in /srv/data:ro; without :ro it may write there too; repeatable (FERRY_ALLOW, with commas)',
      collect,
    )
    .option(
      '--transport <way>',
      'auto, websocket or polling: how it talks to the hub (FERRY_TRANSPORT, default auto: WebSocket where it gets through)',
    )
    .option(
      '--state-dir <folder>',
      'where it keeps what it must remember (FERRY_STATE_DIR, default ~/.local/state/ferry/agent)',
    )
    .option(
      '--keep-partial <days>',
      'how long what arrived in part is kept when the hub does not ask for it (FERRY_KEEP_PARTIAL, default 7)',
    )
    .option(
      '--name <name>',
      'what this machine calls itself (FERRY_AGENT_NAME, default its host name); who the agent is, its token says',
    )
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent (FERRY_LOG_LEVEL, default info)')
    .addHelpText('after', EXAMPLE)
    .action((flags: Partial<AgentFlags>) => runAgent({ allow: [], ...flags }, context));
}

async function runAgent(flags: AgentFlags, { io }: CommandContext): Promise<void> {
  tuneGarbageCollection();
  // Only this command needs the agent's code, which takes longer to load than all the others together.
  const { parseAllowedRoot, startAgent } = await import('@ferryline/agent');
  const { config, logLevel, warnings } = await agentOptions(flags, io.env, parseAllowedRoot);
  for (const warning of warnings) io.stderr.write(`ferry: warning: ${displayName(warning)}\n`);
  await runUntilStopped(async () => {
    const logger = serviceLog('agent', logLevel);
    outliveOutput(io, logger);
    const warning = rootWarning('agent');
    if (warning !== undefined) logger.warn(warning);
    const agent = await startAgent(config, logger);
    // When the hub refuses, `closed` says so too, and that is where it is handled.
    agent.welcome.then(
      ({ agentName }) =>
        printLine(io, `Ferryline agent ${displayName(agentName)} connected to ${config.hubUrl.origin}`),
      () => undefined,
    );
    return agent;
  });
}
