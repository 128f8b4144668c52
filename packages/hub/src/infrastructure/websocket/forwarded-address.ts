import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Far more than there are proxies in a row; whoever sends more is not walked through. */
const MAX_HOPS = 32;

/**
 * Where a connection really comes from: behind trusted proxies it is the last address in `X-Forwarded-For` that none of them has, as
 * for the requests of people (`trustProxy` of the HTTP server). From anybody else the header is not believed.
 *
 * @param trustedProxies addresses and networks (CIDR)
 */
export function forwardedAddress(trustedProxies: readonly string[]): (request: ForwardedRequest) => string {
  const proxies = new BlockList();
  for (const proxy of trustedProxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    proxies.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return ({ headers, socket }) => {
    let nearest = socket.remoteAddress ?? 'unknown';
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    for (const hop of hops.toReversed().slice(0, MAX_HOPS)) {
      const address = hop.trim();
      if (!isProxy(proxies, nearest) || isIP(address) === 0) return nearest;
      nearest = address;
    }
    return nearest;
  };
}

type ForwardedRequest = Pick<IncomingMessage, 'headers'> & {
  readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress'>;
};

function isProxy(proxies: BlockList, address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain);
  return family !== 0 && proxies.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}
