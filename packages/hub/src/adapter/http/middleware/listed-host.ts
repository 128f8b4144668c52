import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { HttpRefusal } from '../answer/http-refusal.ts';
import { isLoopback } from './this-machine.ts';

/**
 * Refuses requests and WebSockets for a name that is not the hub's: a page under a foreign name that was pointed at the hub (DNS
 * rebinding) reaches nothing (ATTACKS.md A57). An IP address is no name that could be pointed anywhere, and `localhost` on this
 * machine is this machine.
 *
 * @param hosts names with or without a port; without, any port does. Empty: every name.
 * @throws HttpRefusal 421.
 */
export function requireListedHost(hosts: readonly string[], { headers, socket }: HostedRequest): void {
  if (hosts.length === 0) return;
  const host = (headers.host ?? '').toLowerCase();
  const [, name = ''] = /^(\[[0-9a-f:.]+\]|[^:[\]]*)(?::\d{1,5})?$/.exec(host) ?? [];
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return;
  if (name === 'localhost' && isLoopback(socket.remoteAddress)) return;
  if (name !== '' && hosts.some((each) => [name, host].includes(each.toLowerCase()))) return;
  throw new HttpRefusal(
    421,
    'This hub does not answer under the name in the Host of this request. Ask it by one of its own names, or add this one to http.hosts.',
  );
}

/** The part of a request that this needs: HTTP and WebSocket upgrades alike. */
type HostedRequest = Pick<IncomingMessage, 'headers'> & {
  readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress'>;
};
