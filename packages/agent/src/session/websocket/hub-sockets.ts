import { FerryError, MAX_CONTROL_MESSAGE_BYTES, MAX_LANE_MESSAGE_BYTES, maxPieces } from '@ferryline/engine';
import WebSocket from 'ws';
import { HubDialer } from '../../dial/hub-dialer.ts';
import { whyUnreachable } from '../../dial/why-unreachable.ts';
import { refusedToken } from '../refused-token.ts';
import { unreachableHub } from '../unreachable-hub.ts';
import { WebSocketBlocked } from './websocket-blocked.ts';

const socketLimits = { perMessageDeflate: false, maxFragments: 64, followRedirects: false };

/** Where a session that polls stands when it goes on by WebSocket (PROTOCOL.md, 1.4). */
export interface ResumedSession {
  readonly session: string;
  /** The number of the last answer that was received whole. */
  readonly after: number;
}

/** A WebSocket that is being dialled. */
export interface DialledSocket {
  readonly socket: WebSocket;
  /** Resolves when somebody was reached; never, when nobody is. */
  readonly reached: Promise<void>;
}

function queryOf({ session, after }: { readonly session: string; readonly after?: number | undefined }): string {
  return new URLSearchParams({ session, ...(after !== undefined && { after: String(after) }) }).toString();
}

/** Dials one hub's WebSockets, with the token in `Authorization`. */
export class HubSockets {
  readonly #hubUrl: URL;
  readonly #token: string;
  readonly #dialer: HubDialer;

  constructor(hubUrl: URL, token: string, dialer = new HubDialer(hubUrl)) {
    this.#hubUrl = hubUrl;
    this.#token = token;
    this.#dialer = dialer;
  }

  /** A control connection: of a new session, or of one that has polled. */
  dialControl(resumed?: ResumedSession): DialledSocket {
    return this.#dial(`ws/agent${resumed === undefined ? '' : `?${queryOf(resumed)}`}`, MAX_CONTROL_MESSAGE_BYTES);
  }

  /** The lane of a session, or of one that has polled. */
  dialLane(lane: { readonly session: string; readonly after?: number | undefined }): WebSocket {
    return this.#dial(`ws/lane?${queryOf(lane)}`, MAX_LANE_MESSAGE_BYTES).socket;
  }

  /**
   * Resolves when a control connection is open and has carried a ping and its pong, so long after somebody was reached at most.
   * Otherwise the socket is gone.
   *
   * @throws FerryError UNAUTHENTICATED; WebSocketBlocked when somebody was reached; AGENT_OFFLINE when nobody was; CANCELLED
   */
  async prove({ socket, reached }: DialledSocket, deadlineMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let isReached = false;
    let isSettled = false;
    let timer: NodeJS.Timeout | undefined;
    void reached.then(() => {
      isReached = true;
      if (!isSettled) timer = setTimeout(() => reject(this.#silent(socket, deadlineMs)), deadlineMs);
    });
    const abort = (): void => reject(new FerryError('CANCELLED', 'Connecting was given up because the agent stops.'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    socket.once('open', () => socket.ping());
    socket.once('pong', resolve);
    socket.once('close', () => reject(this.#blocked('the WebSocket was closed at once')));
    socket.once('error', (cause) => reject(isReached ? this.#failed(cause) : unreachableHub(this.#hubUrl, cause)));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      reject(this.#refused(response.statusCode ?? 0));
    });
    try {
      await promise;
    } catch (thrown) {
      socket.on('error', () => undefined);
      socket.terminate();
      throw thrown;
    } finally {
      isSettled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  #dial(path: string, maxPayload: number): DialledSocket {
    const url = new URL(path, this.#hubUrl);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const socket = new WebSocket(url, {
      agent: this.#dialer,
      headers: { authorization: `Bearer ${this.#token}` },
      finishRequest: (request) => {
        request.once('socket', () => resolve());
        request.end();
      },
      maxPayload,
      maxBufferedChunks: maxPieces(maxPayload),
      ...socketLimits,
    });
    return { socket, reached };
  }

  #silent(socket: WebSocket, deadlineMs: number): WebSocketBlocked {
    const isOpen = socket.readyState === WebSocket.OPEN;
    const what = isOpen ? 'the WebSocket opened and stayed silent for' : 'no WebSocket came about within';
    return this.#blocked(`${what} ${deadlineMs / 1000} s`);
  }

  #blocked(why: string): WebSocketBlocked {
    return new WebSocketBlocked(`The hub at ${this.#hubUrl.origin} cannot be reached: ${why}.`, why);
  }

  #failed(cause: Error): FerryError {
    if (cause instanceof FerryError) return cause;
    const { message } = unreachableHub(this.#hubUrl, cause);
    return new WebSocketBlocked(
      message,
      `the WebSocket handshake failed: ${whyUnreachable(this.#hubUrl, cause)}`,
      cause,
    );
  }

  #refused(status: number): FerryError {
    if (status === 401) return refusedToken(this.#hubUrl);
    return new WebSocketBlocked(
      `The hub at ${this.#hubUrl.origin} answered with HTTP ${status} instead of a WebSocket.`,
      `the WebSocket handshake was answered with ${status}`,
    );
  }
}
