import { isIPv4, isIPv6 } from 'node:net';

/**
 * The network that an address belongs to, as one customer or one office has it: /24 of IPv4, /48 of IPv6. What is no address is its
 * own network, so that nothing escapes by being unreadable.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIPv6(plain)) return `${groupsOf(plain).slice(0, 3).join(':')}::/48`;
  return address.slice(0, 64);
}

/** The groups of an IPv6 address, those that `::` leaves out filled in; without leading zeros. */
function groupsOf(address: string): string[] {
  // The URL parser knows every spelling, and writes all of them in one (RFC 5952).
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = canonical.split('::');
  const [first, last] = [head, tail].map((part) => part.split(':').filter((group) => group !== '')) as [
    string[],
    string[],
  ];
  const missing = Math.max(0, 8 - first.length - last.length);
  return [...first, ...Array.from({ length: missing }, () => '0'), ...last];
}
