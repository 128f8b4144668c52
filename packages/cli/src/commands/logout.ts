import { FerryError } from '@ferryline/engine';
import type { Command } from 'commander';
import { hubBaseUrl } from '../client/base-url.ts';
import { removeSignIn } from '../client/credentials.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { printLine } from '../display/output.ts';
import type { Io } from '../io.ts';

export function addLogoutCommand(program: Command, context: CommandContext): void {
  program
    .command('logout')
    .description('forget what login remembers')
    .argument('[url]', 'the hub (default: the one signed in to last)')
    .action((url: string | undefined) => logout(url, context.io));
}

async function logout(url: string | undefined, io: Io): Promise<void> {
  const named = url === undefined ? undefined : hubBaseUrl(url);
  const gone = await removeSignIn(io.env, named);
  if (gone === undefined) {
    throw new FerryError('NOT_FOUND', `Nobody is signed in ${named === undefined ? 'here' : `to ${named} here`}.`);
  }
  printLine(io, `Signed out of ${displayName(gone)}.`);
}
