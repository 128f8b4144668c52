import { FerryError } from '@ferryline/engine';
import type { Command } from 'commander';
import type { HubFlags } from '../client/hub-settings.ts';
import { keepLogin } from '../client/keep-login.ts';
import { reachHubToSignIn } from '../client/reach-hub.ts';
import { requestHub } from '../client/request.ts';
import { loginSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import type { Io } from '../io.ts';
import { askSecret } from '../process/ask-secret.ts';
import { withTrustOptions } from './client-options.ts';

interface SetupOptions extends HubFlags {
  readonly email?: string;
  readonly codeFile?: string;
  readonly passwordFile?: string;
}

export function addSetupCommand(program: Command, context: CommandContext): void {
  withTrustOptions(program.command('setup').description('make the first administrator of a new hub, and sign in'))
    .argument('<url>', "the hub's address, as in https://hub.example:7420")
    .option('--email <email>', 'who the administrator is (FERRY_EMAIL)')
    .option('--code-file <file>', 'file that holds the setup code, as in DATA-DIR/setup-code (default: you are asked)')
    .option('--password-file <file>', 'file that holds the password (default: you are asked)')
    .action((url: string, options: SetupOptions) => setUp(url, options, context.io));
}

async function setUp(url: string, options: SetupOptions, io: Io): Promise<void> {
  const email = options.email ?? io.env.FERRY_EMAIL;
  if (!email) throw new FerryError('VALIDATION', 'Who is the administrator? Use --email YOU or set FERRY_EMAIL.');
  const hub = await reachHubToSignIn(io, url, options);
  const code = await askSecret(io, options.codeFile, 'setup code', 'Setup code, as the hub shows it: ');
  const password = await askSecret(io, options.passwordFile, 'password', `New password of ${email}: `);
  const body = { code, email, password };
  await keepLogin(io, hub, await requestHub(hub, { method: 'POST', path: 'auth/setup', body, schema: loginSchema }));
}
