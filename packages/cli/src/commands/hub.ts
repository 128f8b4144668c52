import type { RunningHub } from '@ferryline/hub';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { printLine } from '../display/output.ts';
import type { Io } from '../io.ts';
import { tuneGarbageCollection } from '../process/garbage-collection.ts';
import { serviceLog } from '../process/log.ts';
import { runUntilStopped } from '../process/run-until-stopped.ts';

interface HubOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly host?: string;
  readonly port?: string;
  readonly relayMemory?: string;
  readonly heartbeat?: string;
  readonly adminEmail?: string;
  readonly logLevel?: string;
}

export function addHubCommand(program: Command, context: CommandContext): void {
  program
    .command('hub')
    .description('run the hub, until Ctrl-C')
    .option('--config <file>', 'YAML file with settings; flags and environment win over it (FERRY_CONFIG)')
    .option('--data-dir <folder>', 'where all state lives (FERRY_DATA_DIR, default ~/.local/share/ferry/hub)')
    .option('--host <address>', 'address to listen on (FERRY_HOST, default 127.0.0.1)')
    .option('--port <number>', 'port to listen on, 0 for any free one (FERRY_PORT, default 7420)')
    .option('--relay-memory <size>', 'memory for bytes on their way, as in 512MiB (FERRY_RELAY_MEMORY, default 128MiB)')
    .option(
      '--heartbeat <seconds>',
      'how often agents are asked whether they live (FERRY_HEARTBEAT_SECONDS, default 15)',
    )
    .option(
      '--admin-email <email>',
      'who the first administrator is (FERRY_ADMIN_EMAIL, default admin@localhost); FERRY_ADMIN_PASSWORD sets the password, else one is made and shown',
    )
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent (FERRY_LOG_LEVEL, default info)')
    .action((options: HubOptions) => runHub(options, context));
}

async function runHub(options: HubOptions, { io }: CommandContext): Promise<void> {
  tuneGarbageCollection();
  // Only this command needs the hub's code, which takes longer to load than all the others together.
  const { loadHubConfig, startHub, unknownVariables } = await import('@ferryline/hub');
  const { config: file } = options;
  for (const warning of unknownVariables(io.env)) io.stderr.write(`ferry: warning: ${displayName(warning)}\n`);
  const config = loadHubConfig({
    flags: {
      dataDir: options.dataDir,
      host: options.host,
      port: options.port,
      'relay.memory': options.relayMemory,
      heartbeatSeconds: options.heartbeat,
      'admin.email': options.adminEmail,
      'log.level': options.logLevel,
    },
    env: io.env,
    ...(file === undefined ? {} : { file }),
  });
  await runUntilStopped(async () => {
    const hub = await startHub(config, { logger: serviceLog('hub', config.logLevel) });
    announce(hub, io);
    return hub;
  });
}

function announce(hub: RunningHub, io: Io): void {
  // Scripts wait for this line, and read the address from it.
  printLine(io, `Ferryline hub listening on ${hub.url}`);
  if (hub.firstAdministrator?.password === undefined) return;
  const { email, password } = hub.firstAdministrator;
  printLine(io, `First administrator: ${email}, password: ${password} (shown this once)`);
  printLine(io, `Sign in: ferry login ${hub.url} --email ${email}`);
}
