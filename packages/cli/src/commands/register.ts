import type { Command } from 'commander';
import { hubBaseUrl } from '../client/base-url.ts';
import { keepLogin } from '../client/keep-login.ts';
import { requestHub } from '../client/request.ts';
import { loginSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import type { Io } from '../io.ts';
import { askSecret } from '../process/ask-secret.ts';

interface RegisterOptions {
  readonly codeFile?: string;
  readonly passwordFile?: string;
}

export function addRegisterCommand(program: Command, context: CommandContext): void {
  program
    .command('register')
    .description('answer an invitation: set your password, and sign in')
    .argument('<url>', "the hub's address, as in https://hub.example:7420")
    .option('--code-file <file>', 'file that holds the invitation code (default: you are asked)')
    .option('--password-file <file>', 'file that holds the password (default: you are asked)')
    .action((url: string, options: RegisterOptions) => register(url, options, context.io));
}

async function register(url: string, { codeFile, passwordFile }: RegisterOptions, io: Io): Promise<void> {
  const hub = hubBaseUrl(url);
  const code = await askSecret(io, codeFile, 'invitation code', 'Invitation code: ');
  const password = await askSecret(io, passwordFile, 'password', 'New password: ');
  const body = { code, password };
  await keepLogin(io, hub, await requestHub(hub, { method: 'POST', path: 'auth/register', body, schema: loginSchema }));
}
