import { type Finding, fail, ok } from '../finding.ts';

export interface AddressSight {
  readonly host: string;
  readonly addresses: readonly string[];
  /** Why there are none. */
  readonly why?: string;
  /** A proxy looks the name up by itself. */
  readonly isProxied: boolean;
}

export function judgeAddress({ host, addresses, why, isProxied }: AddressSight): Finding {
  if (addresses.length > 0) return ok(`${host} is ${addresses.join(', ')}.`);
  if (isProxied) return ok(`${host} is not known to this machine (${why}); the proxy looks it up.`);
  return fail(
    `The name ${host} leads nowhere: ${why}.`,
    'Check how the hub is spelled (--hub, FERRY_HUB), and the name servers of this machine (/etc/resolv.conf, /etc/hosts).',
  );
}
