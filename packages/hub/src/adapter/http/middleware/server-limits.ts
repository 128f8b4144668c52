import type { Server } from 'node:http';
import type { FastifyHttpOptions } from 'fastify';

/** The longest request there is carries two paths of 4,096 bytes and their patterns; escaped in JSON they still fit. */
const BODY_LIMIT_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 100;
/** Within these the headers and the whole request must have arrived, or their sender is only holding a connection open. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** How late the two above are noticed; Node looks every 30 s by itself. */
const CHECKING_INTERVAL_MS = 1_000;
/** A connection without a request is given up after this. */
const KEEP_ALIVE_TIMEOUT_MS = 5_000;
const MAX_REQUESTS_PER_SOCKET = 1_000;

/** What one connection may cost (ATTACKS.md section 5.1). Parsing stays strict: `insecureHTTPParser` is off whatever NODE_OPTIONS says. */
export const serverLimits = {
  bodyLimit: BODY_LIMIT_BYTES,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  maxRequestsPerSocket: MAX_REQUESTS_PER_SOCKET,
  http: {
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: CHECKING_INTERVAL_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: true,
    insecureHTTPParser: false,
  },
} as const satisfies FastifyHttpOptions<Server>;

/** How many headers a request may have; Node takes it from the server, not from its options. */
export const maxHeadersCount = MAX_HEADERS;
