import { resolve } from 'node:path';
import { parseAllowedRoot } from '@ferryline/agent';
import {
  type HttpProxy,
  type HubTrust,
  proxyFor,
  readHubTrust,
  requireEncryption,
  type TransportChoice,
} from '@ferryline/agent/dial';
import { type AllowedRoot, FerryError } from '@ferryline/engine';
import { type AgentFlags, defaultStateDir, findToken, transportChoice } from '../agent-options.ts';
import { hubBaseUrl } from '../client/base-url.ts';
import { allowsInsecureHttp, trustSettings } from '../client/hub-settings.ts';
import type { Io } from '../io.ts';
import { HubSight } from './hub-sight.ts';
import { type Stated, stated } from './stated.ts';

/** What is looked at: an agent's settings, each as far as it can be read, and its hub. */
export interface Subject {
  readonly env: Io['env'];
  readonly hub: URL;
  /** Whether the agent would dial the hub at all: not where its token could be read on the way. */
  readonly encryption: Stated<void>;
  readonly trust: Stated<HubTrust>;
  readonly proxy: Stated<HttpProxy | undefined>;
  readonly token: Stated<string | undefined>;
  /** By which way the agent is to talk to the hub. */
  readonly transport: Stated<TransportChoice>;
  readonly roots: readonly Stated<AllowedRoot>[];
  readonly stateDir: string;
  readonly sight: HubSight;
}

/**
 * Reads what `ferry agent` would read, with the same flags and environment; without a token or a folder there is less to look at.
 *
 * @throws FerryError VALIDATION when no hub is named, or by something that is no address.
 */
export async function readSubject(flags: AgentFlags, env: Io['env']): Promise<Subject> {
  const address = flags.hub ?? env.FERRY_HUB;
  if (!address)
    throw new FerryError('VALIDATION', 'No hub is named. Use --hub URL or set FERRY_HUB, as for ferry agent.');
  const hub = new URL(hubBaseUrl(address));
  const allow = flags.allow.length > 0 ? flags.allow : (env.FERRY_ALLOW ?? '').split(',').filter((each) => each !== '');
  const encryption = await stated(() => requireEncryption(hub, { insecureHttp: allowsInsecureHttp(flags, env) }));
  const trust = await stated(() => readHubTrust(trustSettings(flags, env)));
  const proxy = await stated(() => proxyFor(hub, env));
  const token = await stated(() => readToken(flags, env));
  return {
    env,
    hub,
    encryption,
    trust,
    proxy,
    token,
    transport: await stated(() => transportChoice(flags.transport ?? (env.FERRY_TRANSPORT || 'auto'))),
    roots: await Promise.all(allow.map((text) => stated(() => parseAllowedRoot(text.trim())))),
    stateDir: resolve(flags.stateDir ?? (env.FERRY_STATE_DIR || defaultStateDir(env))),
    // What could be read on the way is not even at hand there.
    sight: new HubSight(hub, {
      trust,
      proxy,
      token: 'error' in encryption || 'error' in token ? undefined : token.value,
    }),
  };
}

async function readToken(flags: AgentFlags, env: Io['env']): Promise<string | undefined> {
  const sources = [flags.tokenFile, flags.token, env.FERRY_TOKEN_FILE, env.FERRY_TOKEN];
  if (sources.every((each) => !each?.trim())) return undefined;
  const token = await findToken(flags, env);
  // As the hub takes them; others could not even be put into a header.
  if (/^[\x21-\x7e]{1,512}$/.test(token)) return token;
  throw new FerryError(
    'VALIDATION',
    'What was given as the token cannot be one: it holds spaces or other characters that no token has. Give what ferry tokens create NAME printed.',
  );
}
