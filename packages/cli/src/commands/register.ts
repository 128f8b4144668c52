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

interface RegisterOptions extends HubFlags {
  readonly codeFile?: string;
  readonly passwordFile?: string;
}

export function addRegisterCommand(program: Command, context: CommandContext): void {
  withTrustOptions(program.command('register').description('answer an invitation: set your password, and sign in'))
    .argument('<url>', "the hub's address, as in https://hub.example:7420")
    .option('--code-file <file>', 'file that holds the invitation code (default: you are asked)')
    .option('--password-file <file>', 'file that holds the password (default: you are asked)')
    .action((url: string, options: RegisterOptions) => register(url, options, context.io));
}

async function register(url: string, options: RegisterOptions, io: Io): Promise<void> {
  const hub = await reachHubToSignIn(io, url, options);
  const code = await askSecret(io, options.codeFile, 'invitation code', 'Invitation code: ');
  const password = await askSecret(io, options.passwordFile, 'password', 'New password: ');
  const body = { code, password };
  await keepLogin(io, hub, await requestHub(hub, { method: 'POST', path: 'auth/register', body, schema: loginSchema }));
}
