import {
  type AgentMessage,
  decodeFrames,
  FerryError,
  FrameOutlet,
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_LANE_MESSAGE_BYTES,
  maxPieces,
  parseHubMessage,
} from '@ferryline/engine';
import WebSocket, { type RawData } from 'ws';
import { HubDialer } from '../dial/hub-dialer.ts';
import { whyUnreachable } from '../dial/why-unreachable.ts';
import type { Connection, Transport, TransportListener } from './transport.ts';

/** A lane has room while less than this waits in its socket: two large chunks, so that one leaves while one is made. */
const LANE_ROOM_BYTES = 4 * 1024 * 1024;
/** A connection that is not open after this long is given up. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

const socketLimits = { perMessageDeflate: false, maxFragments: 64, followRedirects: false };

/** WebSocket: one for control messages, one for the lane, both dialled out with the token in `Authorization`. */
export class WebSocketTransport implements Transport {
  readonly #hubUrl: URL;
  readonly #token: string;
  readonly #dialer: HubDialer;

  constructor(hubUrl: URL, token: string, dialer = new HubDialer(hubUrl)) {
    this.#hubUrl = hubUrl;
    this.#token = token;
    this.#dialer = dialer;
  }

  async connect(listener: TransportListener, signal: AbortSignal): Promise<Connection> {
    const dial = (path: string, maxPayload: number): WebSocket => {
      const url = new URL(path, this.#hubUrl);
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      return new WebSocket(url, {
        agent: this.#dialer,
        headers: { authorization: `Bearer ${this.#token}` },
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        maxPayload,
        maxBufferedChunks: maxPieces(maxPayload),
        ...socketLimits,
      });
    };
    const control = dial('ws/agent', MAX_CONTROL_MESSAGE_BYTES);
    await opened(control, this.#hubUrl, signal);
    return new WebSocketConnection(control, listener, (session) =>
      dial(`ws/lane?session=${encodeURIComponent(session)}`, MAX_LANE_MESSAGE_BYTES),
    );
  }
}

class WebSocketConnection implements Connection {
  readonly #control: WebSocket;
  readonly #listener: TransportListener;
  readonly #dialLane: (session: string) => WebSocket;
  readonly #outlet: FrameOutlet;
  #lane: WebSocket | undefined;
  #beforeLaneOpens: Buffer[] = [];
  #room = Promise.resolve();
  #isClosed = false;

  constructor(control: WebSocket, listener: TransportListener, dialLane: (session: string) => WebSocket) {
    this.#control = control;
    this.#listener = listener;
    this.#dialLane = dialLane;
    this.#outlet = new FrameOutlet((message) => this.#sendOnLane(message), setImmediate);
    control.on('message', (data, isBinary) => this.#onControl(data, isBinary));
    control.on('close', (_code, reason) => this.close(reason.toString() || 'the hub closed the connection'));
    control.on('error', (error) => this.close(error.message));
  }

  sendMessage(message: AgentMessage): void {
    if (this.#control.readyState === WebSocket.OPEN) this.#control.send(JSON.stringify(message));
  }

  openLane(session: string): void {
    if (this.#lane !== undefined || this.#isClosed) return;
    const lane = this.#dialLane(session);
    this.#lane = lane;
    lane.on('open', () => {
      const waiting = this.#beforeLaneOpens;
      this.#beforeLaneOpens = [];
      for (const message of waiting) this.#sendOnLane(message);
    });
    lane.on('message', (data, isBinary) => this.#onLane(data, isBinary));
    lane.on('close', (_code, reason) => this.close(reason.toString() || 'the hub closed the lane'));
    lane.on('error', (error) => this.close(`lane: ${error.message}`));
  }

  async sendFrame(frame: Buffer): Promise<void> {
    this.#outlet.put(frame);
    const waiting = this.#lane?.bufferedAmount ?? 0;
    if (waiting > LANE_ROOM_BYTES) await this.#room;
  }

  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#beforeLaneOpens = [];
    this.#control.close();
    this.#lane?.terminate();
    // A peer that is gone answers no closing handshake.
    setTimeout(() => this.#control.terminate(), 1_000).unref();
    this.#listener.closed(reason);
  }

  #sendOnLane(message: Buffer): void {
    const lane = this.#lane;
    if (this.#isClosed) return;
    if (lane === undefined || lane.readyState === WebSocket.CONNECTING) {
      this.#beforeLaneOpens.push(message);
      return;
    }
    this.#room = new Promise((resolve) => lane.send(message, () => resolve()));
  }

  #onControl(data: RawData, isBinary: boolean): void {
    if (this.#isClosed) return;
    this.#guarded(() => {
      if (isBinary) throw new FerryError('PROTOCOL', 'The hub sent binary data where control messages belong.');
      const message = parseHubMessage(data.toString());
      if (message !== undefined) this.#listener.message(message);
    });
  }

  #onLane(data: RawData, isBinary: boolean): void {
    if (this.#isClosed) return;
    this.#guarded(() => {
      if (!isBinary || !Buffer.isBuffer(data)) throw new FerryError('PROTOCOL', 'The hub sent text on a lane.');
      for (const decoded of decodeFrames(data)) this.#listener.frame(decoded);
    });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.close(FerryError.from(thrown).message);
    }
  }
}

/** Resolves when the socket is open; otherwise says why it is not. */
async function opened(socket: WebSocket, hubUrl: URL, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(new FerryError('CANCELLED', 'Connecting was given up because the agent stops.'));
  signal.addEventListener('abort', abort, { once: true });
  socket.once('open', resolve);
  socket.once('error', (cause) => {
    if (cause instanceof FerryError) reject(cause);
    else
      reject(
        new FerryError(
          'AGENT_OFFLINE',
          `The hub at ${hubUrl.origin} cannot be reached: ${whyUnreachable(hubUrl, cause)}.`,
          {
            cause,
          },
        ),
      );
  });
  socket.once('unexpected-response', (_request, response) => {
    response.resume();
    reject(refusal(hubUrl, response.statusCode ?? 0));
  });
  try {
    await promise;
  } catch (thrown) {
    socket.on('error', () => undefined);
    socket.terminate();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function refusal(hubUrl: URL, status: number): FerryError {
  if (status === 401) {
    return new FerryError(
      'UNAUTHENTICATED',
      `The hub at ${hubUrl.origin} does not accept this token: it is wrong, revoked or expired. Make a new one with: ferry tokens create NAME`,
    );
  }
  return new FerryError(
    'AGENT_OFFLINE',
    `The hub at ${hubUrl.origin} answered with HTTP ${status} instead of a WebSocket.`,
  );
}
