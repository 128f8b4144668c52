import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FerryError } from '@ferryline/engine';

/** Answers an upgrade request that is not granted with a problem document, and closes the socket. */
export function refuseUpgrade(socket: Duplex, error: FerryError): void {
  if (socket.destroyed) return;
  const title = STATUS_CODES[error.httpStatus] ?? 'Error';
  const detail = error.code === 'INTERNAL' ? 'The hub could not handle the request; its log says why.' : error.message;
  const body = JSON.stringify({ type: 'about:blank', title, status: error.httpStatus, code: error.code, detail });
  const { retryAfterSeconds } = error.details;
  socket.end(
    [
      `HTTP/1.1 ${error.httpStatus} ${title}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
