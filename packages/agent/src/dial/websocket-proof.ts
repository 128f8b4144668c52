import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type WebSocket from 'ws';
import type { HubDialer } from './hub-dialer.ts';
import { whyUnreachable } from './why-unreachable.ts';

/** PROTOCOL.md, 1.4: a WebSocket on which no pong came after so long does not get through. */
const PONG_TIMEOUT_MS = 5_000;
/** A problem document is shorter by far. */
const MAX_REFUSAL_CHARACTERS = 64 * 1024;

/** Whether a WebSocket gets through to a hub, and if not, what came instead. */
export type WebSocketProof =
  | { readonly kind: 'through'; readonly handshakeMs: number; readonly pongMs: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused'; readonly status: number; readonly contentType: string; readonly body: string }
  | { readonly kind: 'failed'; readonly why: string };

export interface WebSocketProofSettings {
  readonly dialer: HubDialer;
  /** Without one the hub refuses the handshake, which proves that it was reached. */
  readonly token?: string | undefined;
  /** Ends the handshake. */
  readonly signal: AbortSignal;
}

/**
 * Opens a control connection, sends a WebSocket ping, waits for the pong, and closes it. No `hello` is said, so that the session of the
 * agent that has this token is not touched. Never throws.
 */
export async function proveWebSocket(
  hub: URL,
  { dialer, token, signal }: WebSocketProofSettings,
): Promise<WebSocketProof> {
  // The commands load this file too, and few of them need a WebSocket.
  const { WebSocket } = await import('ws');
  const url = new URL('ws/agent', hub);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const begunAt = performance.now();
  const socket = new WebSocket(url, {
    agent: dialer,
    perMessageDeflate: false,
    followRedirects: false,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  // Heard below as long as it matters.
  socket.on('error', () => undefined);
  try {
    const refusal = await opened(socket, signal);
    if (refusal !== undefined) return refusal;
    const openAt = performance.now();
    if (!(await answersPing(socket))) return { kind: 'silent' };
    return { kind: 'through', handshakeMs: openAt - begunAt, pongMs: performance.now() - openAt };
  } catch (thrown) {
    return { kind: 'failed', why: whyUnreachable(hub, signal.aborted ? signal.reason : thrown) };
  } finally {
    socket.close();
    // A peer that is gone answers no closing handshake.
    setTimeout(() => socket.terminate(), 1_000).unref();
  }
}

/** Resolves when the socket is open, or with what was answered instead. @throws what the system said, or the signal's reason */
function opened(socket: WebSocket, signal: AbortSignal): Promise<WebSocketProof | undefined> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    socket.once('open', () => resolve(undefined));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => readRefusal(response).then(resolve, reject));
  });
}

async function readRefusal(response: IncomingMessage): Promise<WebSocketProof> {
  let body = '';
  for await (const piece of response.setEncoding('utf8')) {
    body += piece;
    if (body.length > MAX_REFUSAL_CHARACTERS) break;
  }
  const { statusCode: status = 0, headers } = response;
  return { kind: 'refused', status, contentType: headers['content-type'] ?? '', body };
}

async function answersPing(socket: WebSocket): Promise<boolean> {
  const pong = once(socket, 'pong', { signal: AbortSignal.timeout(PONG_TIMEOUT_MS) });
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(PONG_TIMEOUT_MS) });
  socket.ping();
  return Promise.race([pong.then(() => true), closed.then(() => false)]).catch(() => false);
}
