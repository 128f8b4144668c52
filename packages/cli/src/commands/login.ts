import { FerryError } from '@ferryline/engine';
import type { Command } from 'commander';
import { signIn } from '../client/access.ts';
import type { HubFlags } from '../client/hub-settings.ts';
import { keepLogin } from '../client/keep-login.ts';
import { reachHubToSignIn } from '../client/reach-hub.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import type { Io } from '../io.ts';
import { promptSecret } from '../process/prompt-secret.ts';
import { readSecretFile } from '../process/secret-file.ts';
import { withTrustOptions } from './client-options.ts';

interface LoginOptions extends HubFlags {
  readonly email?: string;
  readonly passwordFile?: string;
}

export function addLoginCommand(program: Command, context: CommandContext): void {
  withTrustOptions(program.command('login').description('sign in to a hub, and remember it'))
    .argument('<url>', "the hub's address, as in https://hub.example:7420")
    .option('--email <email>', 'who you are (FERRY_EMAIL)')
    .option('--password-file <file>', 'file that holds the password (default: FERRY_PASSWORD, else you are asked)')
    .action((url: string, options: LoginOptions) => login(url, options, context.io));
}

async function login(url: string, options: LoginOptions, io: Io): Promise<void> {
  const email = options.email ?? io.env.FERRY_EMAIL;
  if (!email) throw new FerryError('VALIDATION', 'Who signs in? Use --email YOU or set FERRY_EMAIL.');
  const hub = await reachHubToSignIn(io, url, options);
  const password = await findPassword(options, email, hub.baseUrl, io);
  await keepLogin(io, hub, await signIn(hub, email, password));
}

async function findPassword(options: LoginOptions, email: string, hub: string, io: Io): Promise<string> {
  if (options.passwordFile !== undefined) return readSecretFile(options.passwordFile, 'password');
  return io.env.FERRY_PASSWORD || promptSecret(io, `Password of ${displayName(email)} at ${hub}: `);
}
