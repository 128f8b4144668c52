import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AgentConfig } from '@ferryline/agent';
import {
  isExposed,
  proxyFor,
  readHubTrust,
  requireEncryption,
  type TransportChoice,
  transportChoices,
} from '@ferryline/agent/dial';
import { type AllowedRoot, FerryError } from '@ferryline/engine';
import { hubBaseUrl } from './client/base-url.ts';
import { allowsInsecureHttp, type HubFlags, trustSettings } from './client/hub-settings.ts';
import { logLevels } from './process/log.ts';
import { readSecretFile } from './process/secret-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface AgentFlags extends HubFlags {
  readonly hub?: string;
  readonly tokenFile?: string;
  readonly token?: string;
  /** Each `PATH`, `PATH:ro` or `PATH:rw`. */
  readonly allow: readonly string[];
  readonly transport?: string;
  readonly stateDir?: string;
  readonly keepPartial?: string;
  readonly name?: string;
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
 * A name is only what this machine calls itself: who the agent is, its token says.
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
  const hubUrl = new URL(hubBaseUrl(hub));
  requireEncryption(hubUrl, { insecureHttp: allowsInsecureHttp(flags, env) });
  const proxy = proxyFor(hubUrl, env);
  const name = agentName(flags.name ?? (env.FERRY_AGENT_NAME || undefined));
  return {
    config: {
      hubUrl,
      trust: await readHubTrust(trustSettings(flags, env)),
      ...(proxy && { proxy }),
      token: await findToken(flags, env),
      transport: transportChoice(flags.transport ?? (env.FERRY_TRANSPORT || 'auto')),
      roots: allow.map((text) => parseRoot(text.trim())),
      stateDir: resolve(flags.stateDir ?? (env.FERRY_STATE_DIR || defaultStateDir(env))),
      keepPartialMs: keepPartialDays(flags.keepPartial ?? (env.FERRY_KEEP_PARTIAL || '7')) * DAY_MS,
      ...(name === undefined ? {} : { name }),
    },
    logLevel: agentLogLevel(flags.logLevel ?? (env.FERRY_LOG_LEVEL || 'info')),
    warnings: [
      ...(flags.token === undefined ? [] : [TOKEN_IS_VISIBLE]),
      ...(isExposed(hubUrl) ? [HUB_IS_PLAIN_HTTP] : []),
    ],
  };
}

const TOKEN_IS_VISIBLE =
  'a token after --token can be read by every user of this machine (ps shows it). Put it in a file and use --token-file, or set FERRY_TOKEN.';

const HUB_IS_PLAIN_HTTP =
  'the hub is reached by plain HTTP: everybody on the way can read the token and the files. Give the hub a certificate, and use https://.';

/** Flags before environment, as everywhere; a file before the token itself. */
export async function findToken(flags: AgentFlags, env: Environment): Promise<string> {
  if (flags.tokenFile !== undefined) return readSecretFile(flags.tokenFile, 'token');
  if (flags.token?.trim()) return flags.token.trim();
  if (env.FERRY_TOKEN_FILE) return readSecretFile(env.FERRY_TOKEN_FILE, 'token');
  if (env.FERRY_TOKEN?.trim()) return env.FERRY_TOKEN.trim();
  throw new FerryError(
    'VALIDATION',
    'The agent has no token. Make one with ferry tokens create NAME, then use --token-file FILE or set FERRY_TOKEN.',
  );
}

export function transportChoice(text: string): TransportChoice {
  const choice = transportChoices.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw new FerryError(
    'VALIDATION',
    `--transport (FERRY_TRANSPORT) takes one of ${transportChoices.join(', ')}, not "${text}".`,
  );
}

/** The hub takes no longer one. */
const MAX_NAME_CHARACTERS = 255;

function agentName(text: string | undefined): string | undefined {
  const name = text?.trim();
  if (name === undefined || (name !== '' && name.length <= MAX_NAME_CHARACTERS)) return name;
  throw new FerryError('VALIDATION', `--name (FERRY_AGENT_NAME) takes 1 to ${MAX_NAME_CHARACTERS} characters.`);
}

const DAY_MS = 24 * 60 * 60 * 1000;

function keepPartialDays(text: string): number {
  const days = Number(text);
  if (/^[\d.]+$/.test(text) && days > 0 && days <= 365) return days;
  throw new FerryError(
    'VALIDATION',
    `--keep-partial (FERRY_KEEP_PARTIAL) takes a number of days up to 365, as in 7 or 0.5, not "${text}".`,
  );
}

function agentLogLevel(text: string): string {
  if (logLevels.includes(text)) return text;
  throw new FerryError(
    'VALIDATION',
    `--log-level (FERRY_LOG_LEVEL) takes one of ${logLevels.join(', ')}, not "${text}".`,
  );
}

export function defaultStateDir(env: Environment): string {
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'ferry', 'agent');
}
