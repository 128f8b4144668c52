import { BlockList, isIP } from 'node:net';
import type { HubConfig } from './hub-config.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** What whoever starts the hub should know of how it stands in its network (ATTACKS.md section 5.1): warnings, no refusals. */
export function exposureWarnings({ host, tls }: Pick<HubConfig, 'host' | 'tls'>): readonly string[] {
  if (tls !== undefined || isOfThisMachine(host)) return [];
  return [
    `the hub listens on ${host} without encryption: whoever can watch the network reads passwords, tokens and files. Turn TLS on with --tls-cert and --tls-key, or --tls-self-signed; or put a reverse proxy with TLS before it and let it listen on 127.0.0.1`,
  ];
}

function isOfThisMachine(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
