import { createServer, type Server } from 'node:https';
import type { FastifyServerFactory } from 'fastify';
import { serverLimits } from './middleware/server-limits.ts';
import type { CertificateAndKey, ServerCertificate } from './server-certificate.ts';

/** Said rather than left to Node, whose default `NODE_OPTIONS` can lower. 1.3 is taken wherever the other side has it. */
const MIN_VERSION = 'TLSv1.2';
/** As long as the headers of a request may take: a handshake that does not come on only holds a connection open. */
const HANDSHAKE_TIMEOUT_MS = serverLimits.http.headersTimeout;

/**
 * Makes the server that speaks TLS, for Fastify. It shows each certificate that takes the place of the one before to whoever connects
 * from then on; open connections go on.
 */
export function secureServerFactory(
  certificate: ServerCertificate,
  handshakeTimeoutMs: number = HANDSHAKE_TIMEOUT_MS,
): FastifyServerFactory {
  return (handler) => {
    const server: Server = createServer(
      { ...serverLimits.http, handshakeTimeout: handshakeTimeoutMs, ...contextOf(certificate.pair) },
      handler,
    );
    server.requestTimeout = serverLimits.requestTimeout;
    server.keepAliveTimeout = serverLimits.keepAliveTimeout;
    server.maxRequestsPerSocket = serverLimits.maxRequestsPerSocket;
    // An answer, as others get it who break off a request, would wait for the handshake for ever.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    certificate.onRenewed((pair) => server.setSecureContext(contextOf(pair)));
    return server;
  };
}

function contextOf({ cert, key }: CertificateAndKey) {
  return { cert, key, minVersion: MIN_VERSION } as const;
}
