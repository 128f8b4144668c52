import type { HubConfig, RunningHub } from '@ferryline/hub';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { printLine } from '../display/output.ts';
import type { Io } from '../io.ts';
import { tuneGarbageCollection } from '../process/garbage-collection.ts';
import { serviceLog } from '../process/log.ts';
import { outliveOutput } from '../process/outlive-output.ts';
import { rootWarning } from '../process/root-warning.ts';
import { runUntilStopped } from '../process/run-until-stopped.ts';

interface HubOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly host?: string;
  readonly port?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsSelfSigned?: boolean;
  readonly relayMemory?: string;
  readonly relayDiskQuota?: string;
  readonly heartbeat?: string;
  readonly stall?: string;
  readonly adminEmail?: string;
  readonly adminPasswordFile?: string;
  readonly trustProxy?: string;
  readonly setupRemote?: boolean;
  readonly logLevel?: string;
  readonly printConfig?: boolean;
}

export function addHubCommand(program: Command, context: CommandContext): void {
  program
    .command('hub')
    .description('run the hub, until Ctrl-C')
    .option('--config <file>', 'YAML file with settings; flags and environment win over it (FERRY_CONFIG)')
    .option('--data-dir <folder>', 'where all state lives (FERRY_DATA_DIR, default ~/.local/share/ferry/hub)')
    .option('--host <address>', 'address to listen on (FERRY_HOST, default 127.0.0.1)')
    .option('--port <number>', 'port to listen on, 0 for any free one (FERRY_PORT, default 7420)')
    .option('--tls-cert <file>', 'PEM file with the certificate to speak TLS with (FERRY_TLS_CERT_FILE)')
    .option('--tls-key <file>', 'PEM file with its key (FERRY_TLS_KEY_FILE)')
    .option(
      '--tls-self-signed',
      'speak TLS with a certificate that the hub makes for itself; agents pin its fingerprint (FERRY_TLS_SELF_SIGNED)',
    )
    .option('--relay-memory <size>', 'memory for bytes on their way, as in 512MiB (FERRY_RELAY_MEMORY, default 128MiB)')
    .option(
      '--relay-disk-quota <size>',
      'disk for what waits for its destination, as in 100GiB, 0 for none (FERRY_RELAY_DISK_QUOTA, default 20GiB)',
    )
    .option(
      '--heartbeat <seconds>',
      'how often agents are asked whether they live (FERRY_HEARTBEAT_SECONDS, default 15)',
    )
    .option(
      '--stall <seconds>',
      'after which an agent that shows nothing is sent away, to come back (FERRY_STALL_SECONDS, default 60)',
    )
    .option(
      '--admin-email <email>',
      'who the first administrator is (FERRY_ADMIN_EMAIL); without this and a password, a setup code is shown',
    )
    .option(
      '--admin-password-file <file>',
      "file that holds the first administrator's password (FERRY_ADMIN_PASSWORD_FILE, or FERRY_ADMIN_PASSWORD)",
    )
    .option(
      '--trust-proxy <addresses>',
      'reverse proxies to believe, as in 10.0.0.5,10.1.0.0/16 (FERRY_TRUSTED_PROXIES)',
    )
    .option(
      '--setup-remote',
      'let the first administrator be made from another machine, by the setup code (FERRY_SETUP_REMOTE)',
    )
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent (FERRY_LOG_LEVEL, default info)')
    .option('--print-config', 'show the configuration that results, secrets masked, and end')
    .action((options: HubOptions) => runHub(options, context));
}

async function runHub(options: HubOptions, { io }: CommandContext): Promise<void> {
  tuneGarbageCollection();
  // Only this command needs the hub's code, which takes longer to load than all the others together.
  const { describeHubConfig, loadHubConfig, startHub, unknownVariables } = await import('@ferryline/hub');
  const { config: file } = options;
  for (const warning of unknownVariables(io.env)) io.stderr.write(`ferry: warning: ${displayName(warning)}\n`);
  const sources = {
    flags: {
      dataDir: options.dataDir,
      host: options.host,
      port: options.port,
      'tls.certFile': options.tlsCert,
      'tls.keyFile': options.tlsKey,
      'tls.selfSigned': options.tlsSelfSigned === true ? 'true' : undefined,
      'relay.memory': options.relayMemory,
      'relay.diskQuota': options.relayDiskQuota,
      heartbeatSeconds: options.heartbeat,
      stallSeconds: options.stall,
      'admin.email': options.adminEmail,
      'admin.passwordFile': options.adminPasswordFile,
      'http.trustedProxies': options.trustProxy,
      'http.setupRemote': options.setupRemote === true ? 'true' : undefined,
      'log.level': options.logLevel,
    },
    env: io.env,
    ...(file === undefined ? {} : { file }),
  };
  const config = loadHubConfig(sources);
  if (options.printConfig) {
    io.stdout.write(describeHubConfig(config, sources));
    return;
  }
  await runUntilStopped(async () => {
    const logger = serviceLog('hub', config.logLevel);
    outliveOutput(io, logger);
    const warning = rootWarning('hub');
    if (warning !== undefined) logger.warn(warning);
    const hub = await startHub(config, { logger });
    announce(hub, config, io);
    return hub;
  });
}

function announce(hub: RunningHub, { tls }: HubConfig, io: Io): void {
  // Scripts wait for this line, and read the address from it.
  printLine(io, `Ferryline hub listening on ${hub.url}`);
  if (hub.fingerprint !== undefined) printLine(io, `Certificate fingerprint: ${hub.fingerprint}`);
  if (hub.setupCode === undefined) return;
  printLine(io, `This hub has no users yet. Setup code: ${hub.setupCode.code} (good for 30 minutes, and once)`);
  // A certificate of its own nobody trusts by itself.
  const pin = tls?.kind === 'selfSigned' ? ` --pin ${hub.fingerprint}` : '';
  printLine(io, `Make the first administrator: ferry setup ${hub.url}${pin}`);
}
