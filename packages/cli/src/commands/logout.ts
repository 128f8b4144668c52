import { FerryError } from '@ferryline/engine';
import type { Command } from 'commander';
import { z } from 'zod';
import { hubBaseUrl } from '../client/base-url.ts';
import { connect } from '../client/connect.ts';
import { readCredentials, removeSignIn } from '../client/credentials.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { printLine } from '../display/output.ts';
import type { Io } from '../io.ts';

export function addLogoutCommand(program: Command, context: CommandContext): void {
  program
    .command('logout')
    .description('end the sign-in that login remembers')
    .argument('[url]', 'the hub (default: the one signed in to last)')
    .action((url: string | undefined) => logout(url, context.io));
}

async function logout(url: string | undefined, io: Io): Promise<void> {
  const named = url === undefined ? undefined : hubBaseUrl(url);
  await endAtHub(io, named);
  const gone = await removeSignIn(io.env, named);
  if (gone === undefined) {
    throw new FerryError('NOT_FOUND', `Nobody is signed in ${named === undefined ? 'here' : `to ${named} here`}.`);
  }
  printLine(io, `Signed out of ${displayName(gone)}.`);
}

/** Ends the sign-in at the hub as well. One that cannot be reached ends it by itself in time; what is stored here goes in any case. */
async function endAtHub(io: Io, named: string | undefined): Promise<void> {
  const credentials = await readCredentials(io.env);
  const hub = named ?? credentials?.current;
  if (hub === undefined || credentials?.hubs[hub] === undefined) return;
  try {
    const client = await connect({ ...io, env: storedOnly(io.env) }, { hub });
    await client.post('auth/logout', {}, z.unknown());
  } catch (thrown) {
    io.stderr.write(`ferry: warning: the hub was not told: ${displayName(FerryError.from(thrown).message)}\n`);
  }
}

/** It is the stored sign-in that ends, whoever else the environment names. */
function storedOnly(env: Io['env']): Io['env'] {
  const others = ['FERRY_API_KEY', 'FERRY_API_KEY_FILE', 'FERRY_PASSWORD'];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !others.includes(name)));
}
