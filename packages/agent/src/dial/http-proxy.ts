import { FerryError } from '@ferryline/engine';
import { isLoopback } from './loopback.ts';

/** An HTTP proxy that connects others when asked to (CONNECT). */
export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization, where the proxy's address holds a name and password. */
  readonly authorization?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * The proxy by way of which a hub is reached: what HTTPS_PROXY (of `https:` hubs) or HTTP_PROXY (of `http:` ones) says, unless
 * NO_PROXY names the hub. In small letters they win. This machine is reached without a proxy, which has another loopback.
 *
 * @throws FerryError VALIDATION when the variable names no HTTP proxy; its value, which may hold a password, is not repeated.
 */
export function proxyFor(hub: URL, env: Environment): HttpProxy | undefined {
  const name = hub.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = env[name.toLowerCase()] || env[name];
  if (!text || isLoopback(hub.hostname) || isExempt(hub, env.no_proxy || env.NO_PROXY || '')) return undefined;
  return parseProxy(text, name);
}

function parseProxy(text: string, name: string): HttpProxy {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || url.protocol !== 'http:' || url.hostname === '') {
    throw new FerryError(
      'VALIDATION',
      `${name} names no proxy that can be used: write it like http://proxy.example:3128. What passes through it to an https:// hub stays encrypted.`,
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || DEFAULT_PORTS['http:']);
  if (url.username === '' && url.password === '') return { host, port };
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { host, port, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** @param exceptions as in `localhost, .corp.example, hub.example:7420, *` */
function isExempt(hub: URL, exceptions: string): boolean {
  const port = hub.port || DEFAULT_PORTS[hub.protocol];
  return exceptions
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((each) => each !== '')
    .some((each) => {
      const [, name = '', onlyPort] = /^(.*?|\[.*\])(?::(\d+))?$/.exec(withBrackets(each)) ?? [];
      return (onlyPort === undefined || onlyPort === port) && isNameOf(hub.hostname, name);
    });
}

/** An IPv6 address is told from a name with a port by its second colon. */
function withBrackets(text: string): string {
  return text.split(':').length > 2 && !text.startsWith('[') ? `[${text}]` : text;
}

/** `example` and `.example` and `*.example` are that domain and all below it. */
function isNameOf(hostname: string, name: string): boolean {
  if (name === '*') return true;
  const domain = name.replace(/^\*?\./, '');
  return domain !== '' && (hostname === domain || hostname.endsWith(`.${domain}`));
}
