import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AgentConfig } from '@ferryline/agent';
import { type AllowedRoot, FerryError } from '@ferryline/engine';
import { hubBaseUrl } from './client/base-url.ts';
import { readSecretFile } from './process/secret-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface AgentFlags {
  readonly hub?: string;
  readonly tokenFile?: string;
  readonly token?: string;
  /** Each `PATH:ro` or `PATH:rw`. */
  readonly allow: readonly string[];
  readonly stateDir?: string;
  readonly logLevel?: string;
}

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly logLevel: string;
  /** Sentences for whoever started the agent. */
  readonly warnings: readonly string[];
}

/**
 * What an agent is to be, from flags, else from the environment. FERRY_ALLOW lists folders with commas in between; a path with a
 * comma in it needs `--allow`. The state folder is, by default, `$XDG_STATE_HOME/ferry/agent` (`~/.local/state/ferry/agent`).
 *
 * @param parseRoot the agent's own reading of `PATH:ro`; handed in, because loading the agent takes a while
 * @throws FerryError VALIDATION that says what is missing and how to give it.
 */
export async function agentOptions(
  flags: AgentFlags,
  env: Environment,
  parseRoot: (text: string) => AllowedRoot,
): Promise<AgentOptions> {
  const hub = flags.hub ?? env.FERRY_HUB;
  if (!hub) throw new FerryError('VALIDATION', 'The agent does not know its hub. Use --hub URL or set FERRY_HUB.');
  const allow = flags.allow.length > 0 ? flags.allow : (env.FERRY_ALLOW ?? '').split(',').filter((each) => each !== '');
  if (allow.length === 0) {
    throw new FerryError(
      'VALIDATION',
      'The agent may touch nothing yet. Open a folder with --allow /srv/data:ro, or set FERRY_ALLOW.',
    );
  }
  return {
    config: {
      hubUrl: new URL(hubBaseUrl(hub)),
      token: await findToken(flags, env),
      roots: allow.map((text) => parseRoot(text.trim())),
      stateDir: resolve(flags.stateDir ?? (env.FERRY_STATE_DIR || defaultStateDir(env))),
    },
    logLevel: flags.logLevel ?? (env.FERRY_LOG_LEVEL || 'info'),
    warnings: flags.token === undefined ? [] : [TOKEN_IS_VISIBLE],
  };
}

const TOKEN_IS_VISIBLE =
  'a token after --token can be read by every user of this machine (ps shows it). Put it in a file and use --token-file, or set FERRY_TOKEN.';

/** A file before the environment before the command line: the safer way wins when more than one is given. */
async function findToken(flags: AgentFlags, env: Environment): Promise<string> {
  const file = flags.tokenFile ?? env.FERRY_TOKEN_FILE;
  if (file) return readSecretFile(file, 'token');
  const token = (env.FERRY_TOKEN || flags.token)?.trim();
  if (token) return token;
  throw new FerryError(
    'VALIDATION',
    'The agent has no token. Make one with ferry tokens create NAME, then use --token-file FILE or set FERRY_TOKEN.',
  );
}

function defaultStateDir(env: Environment): string {
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'ferry', 'agent');
}
