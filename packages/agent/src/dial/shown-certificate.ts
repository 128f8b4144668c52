import { once } from 'node:events';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { fingerprint } from './fingerprint.ts';
import type { HttpProxy } from './http-proxy.ts';
import { HubDialer } from './hub-dialer.ts';
import { openConnection } from './open-connection.ts';
import { untrusted } from './untrusted.ts';

/** What an `https:` hub, or whoever stands in its place, shows of itself. Believed by nobody yet. */
export interface ShownCertificate {
  /** As in `TLSv1.3`. */
  readonly protocol: string;
  readonly subject: string;
  readonly issuer: string;
  readonly fingerprint: string;
  readonly validUntil: Date;
}

/**
 * Looks at the certificate that is shown at a hub's address, whoever made it, and closes the connection. Nothing is sent but the
 * handshake: whether an agent would go on is for `HubDialer` to say.
 *
 * @param signal ends the waiting for the handshake
 * @throws FerryError AGENT_OFFLINE when no TLS comes about, or not in time.
 */
export async function shownCertificate(
  hub: URL,
  proxy: HttpProxy | undefined,
  signal: AbortSignal,
): Promise<ShownCertificate> {
  let socket: TLSSocket | undefined;
  try {
    socket = connectUnbelieving(hub, await openConnection(new HubDialer(withoutTls(hub), { proxy })));
    await once(socket, 'secureConnect', { signal });
    return shownBy(socket);
  } catch (cause) {
    throw untrusted(hub, signal.aborted ? signal.reason : cause);
  } finally {
    socket?.on('error', () => undefined).destroy();
  }
}

/** The same port, of which the dialer then opens the bare connection. */
function withoutTls(hub: URL): URL {
  return new URL(`http://${hub.hostname}:${hub.port || '443'}`);
}

/** The one place that completes a handshake with anybody: to say who is there. */
function connectUnbelieving(hub: URL, socket: Duplex): TLSSocket {
  const host = hub.hostname.replace(/^\[|\]$/g, '');
  return connect({
    socket,
    servername: isIP(host) === 0 ? host : '',
    minVersion: 'TLSv1.2',
    rejectUnauthorized: false,
  });
}

function shownBy(socket: TLSSocket): ShownCertificate {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw new Error('it shows no certificate');
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    subject: onOneLine(certificate.subject),
    issuer: onOneLine(certificate.issuer),
    fingerprint: fingerprint(certificate.fingerprint256),
    validUntil: certificate.validToDate,
  };
}

/** @param name distinguished, a part of it a line, as Node has it */
function onOneLine(name: string | undefined): string {
  return (name ?? '').trim().replaceAll('\n', ', ') || 'nobody';
}
