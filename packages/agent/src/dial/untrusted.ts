import { FerryError } from '@ferryline/engine';
import { whyUnreachable } from './why-unreachable.ts';

const OWN_AUTHORITY =
  'was made by nobody who is trusted here. Name its authority with --ca FILE (FERRY_CA_FILE), or pin the fingerprint that the hub prints at start with --pin (FERRY_PIN)';

/** What OpenSSL and Node find wrong with a certificate, as the end of a sentence. */
const faults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired. Give the hub a new one',
  CERT_NOT_YET_VALID: 'is not valid yet. Check the clocks of both machines',
  DEPTH_ZERO_SELF_SIGNED_CERT: OWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: OWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: OWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: OWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: OWN_AUTHORITY,
  CERT_UNTRUSTED: OWN_AUTHORITY,
};

/**
 * A failed handshake as an error that names the hub, the reason and what to do. Retryable: a certificate is put right at the hub, and
 * then its agents must come back by themselves.
 */
export function untrusted(hub: URL, cause: unknown): FerryError {
  return new FerryError('AGENT_OFFLINE', `Nothing was sent to ${hub.origin}: ${problemOf(hub, cause)}.`, { cause });
}

function problemOf(hub: URL, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const fault = faults[code];
  if (fault !== undefined) return `its certificate ${fault}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is not for ${hub.hostname}. Use a name that it is for, or pin it with --pin (FERRY_PIN)`;
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return 'it does not speak TLS. Check the port, or whether the address begins with http://';
  }
  return `no encrypted connection came about (${whyUnreachable(hub, cause)})`;
}
