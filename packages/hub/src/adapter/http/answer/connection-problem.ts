import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FerryError } from '@ferryline/engine';
import type { ConnectionError } from 'fastify';
import { apiHeaders } from '../middleware/security-headers.ts';

/** What Node says of a connection that never became a request, and what we answer. */
const refusals: Readonly<Record<string, { readonly status: number; readonly detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'The headers of the request are larger than 16 KiB.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'The request did not arrive in time.' },
};
const notHttp = { status: 400, detail: 'What arrived is not a valid HTTP request.' };

/** Answers, as far as it still can, a connection on which no request could be read: with a problem document, then goodbye. */
export function refuseConnection(error: Pick<ConnectionError, 'code'>, socket: Socket): void {
  if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, detail } = refusals[error.code] ?? notHttp;
  const title = STATUS_CODES[status] ?? 'Error';
  const code: FerryError['code'] = 'VALIDATION';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code, requestId: '', details: {} });
  const headers = {
    ...apiHeaders,
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
