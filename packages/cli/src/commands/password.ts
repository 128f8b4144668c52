import type { Command } from 'commander';
import { z } from 'zod';
import { connect } from '../client/connect.ts';
import type { CommandContext } from '../command-context.ts';
import { printJson, printLine } from '../display/output.ts';
import { askSecret } from '../process/ask-secret.ts';
import { type ClientOptions, withClientOptions } from './client-options.ts';

interface PasswordOptions extends ClientOptions {
  readonly currentFile?: string;
  readonly newFile?: string;
}

export function addPasswordCommand(program: Command, { io }: CommandContext): void {
  withClientOptions(program.command('password').description('change your password; your other sign-ins end'))
    .option('--current-file <file>', 'file that holds the password of now (default: you are asked)')
    .option('--new-file <file>', 'file that holds the new one (default: you are asked)')
    .action(async (options: PasswordOptions) => {
      const client = await connect(io, options);
      const current = await askSecret(io, options.currentFile, 'password', 'Password of now: ');
      const next = await askSecret(io, options.newFile, 'password', 'New password: ');
      await client.post('auth/password', { current, next }, z.unknown());
      if (options.json) printJson(io, { changed: true });
      else printLine(io, 'The password is changed. Your other sign-ins have ended.');
    });
}
