import { BlockList, isIP } from 'node:net';
import { FerryError } from '@ferryline/engine';
import type { FastifyRequest } from 'fastify';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether an address is one of this machine's own; IPv4 in IPv6 (`::ffff:127.0.0.1`) included. */
export function isLoopback(address: string | undefined): boolean {
  const plain = (address ?? '').replace(/^::ffff:/i, '');
  const family = isIP(plain);
  return family !== 0 && loopback.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Lets only requests from this machine pass: from a loopback address, or one that trusted proxies vouch for. A proxy on this machine
 * that was not named brings the whole world from a loopback address: what says that it was forwarded is not believed to be from here.
 *
 * @throws FerryError FORBIDDEN.
 */
export function requireThisMachine(request: FastifyRequest): void {
  const { headers, ips = [] } = request;
  const isVouchedFor = ips.length > 1;
  const wasForwarded = ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'].some((name) => headers[name] !== undefined);
  if (isLoopback(request.ip) && (isVouchedFor || !wasForwarded)) return;
  throw new FerryError(
    'FORBIDDEN',
    'This hub is set up only from its own machine. Run `ferry setup` there; or start the hub with --setup-remote, or with FERRY_ADMIN_EMAIL and a password for its first administrator.',
  );
}
