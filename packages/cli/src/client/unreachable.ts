import { FerryError } from '@ferryline/engine';

/** What the system says when a connection fails, in words. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no machine of that name is known',
  EAI_AGAIN: 'the name could not be looked up just now',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ETIMEDOUT: 'no answer came in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer came in time',
  EHOSTUNREACH: 'no way leads to that machine',
  ENETUNREACH: 'no way leads to that network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is not trusted here (NODE_EXTRA_CA_CERTS names a file with your own authority)',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is not trusted here (NODE_EXTRA_CA_CERTS names a file with your own authority)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is not trusted here (NODE_EXTRA_CA_CERTS names a file with your own authority)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; try http:// instead of https://',
};

/** What `fetch` threw, as an error that names the hub, the reason and what to check. Retryable: a hub that restarts comes back. */
export function unreachable(baseUrl: string, thrown: unknown): FerryError {
  return new FerryError(
    'AGENT_OFFLINE',
    `The hub at ${baseUrl} cannot be reached: ${reasonOf(thrown)}. Check that it runs (ferry hub) and that the address is right (--hub or FERRY_HUB).`,
    { details: { hub: baseUrl }, cause: thrown },
  );
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') return 'no answer came in time';
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return reasons[code] ?? (cause.message || code);
}
