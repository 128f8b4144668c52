import { BlockList, isIP } from 'node:net';
import { FerryError } from '@ferryline/engine';

/** How the REST interface stands in its network. */
export interface HttpOptions {
  /**
   * Reverse proxies in front of the hub: IP addresses or networks (`10.0.0.0/8`). Only what comes from them may say with
   * X-Forwarded-* on whose behalf it asks (ATTACKS.md A57); empty: nobody may.
   */
  readonly trustedProxies: readonly string[];
  /** Origins of foreign pages (`https://ops.example.com`) that may read answers; empty: none. They never get the refresh cookie. */
  readonly corsOrigins: readonly string[];
  /** Whether people reach the hub by HTTPS. If not, the refresh cookie does without `Secure` and without the `__Host-` in its name. */
  readonly secureCookies: boolean;
  /** Whether the first administrator may be made from another machine (ATTACKS.md section 5.4). */
  readonly setupRemote: boolean;
  /** Names, with or without a port, under which the hub answers (ATTACKS.md A57); empty: any. */
  readonly hosts: readonly string[];
  /** How much one user may ask. */
  readonly requestsPerMinute: number;
  /** How often an address may try to sign in, to refresh, to answer an invitation or to set the hub up: each counted for itself. */
  readonly signInsPerMinute: number;
}

export const defaultHttpOptions: HttpOptions = {
  trustedProxies: [],
  corsOrigins: [],
  secureCookies: true,
  setupRemote: false,
  // The hub cannot know its names; nothing that it says is made from the one it was asked by.
  hosts: [],
  requestsPerMinute: 600,
  // A script may sign in for every command; for one who guesses passwords of twelve characters it is nothing.
  signInsPerMinute: 60,
};

/**
 * The options with their defaults. What cannot be read stops the start, so that no list is ever wider than it looks (ATTACKS.md A60).
 *
 * @throws FerryError VALIDATION that names the entry.
 */
export function httpOptions(given: Partial<HttpOptions> = {}): HttpOptions {
  const options = { ...defaultHttpOptions, ...given };
  for (const proxy of options.trustedProxies) requireNetwork(proxy);
  for (const origin of options.corsOrigins) requireOrigin(origin);
  return options;
}

function requireNetwork(text: string): void {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  const isNetwork = prefix === undefined || /^\d{1,3}$/.test(prefix);
  if (family !== 0 && isNetwork && rest.length === 0 && isPrefixLength(address, family, prefix)) return;
  throw new FerryError(
    'VALIDATION',
    `"${text}" is no trusted proxy: write an IP address, or a network as in 10.0.0.0/8.`,
  );
}

function isPrefixLength(address: string, family: number, prefix: string | undefined): boolean {
  if (prefix === undefined) return true;
  try {
    new BlockList().addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
    // The whole internet is no proxy, but a way to say "anybody".
    return Number(prefix) > 0;
  } catch {
    return false;
  }
}

function requireOrigin(text: string): void {
  if (URL.parse(text)?.origin === text && !text.includes('*')) return;
  throw new FerryError(
    'VALIDATION',
    `"${text}" is no origin: write scheme, host and port, and nothing else, as in https://ops.example.com.`,
  );
}
