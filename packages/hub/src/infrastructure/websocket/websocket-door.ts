import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FerryError, MAX_CONTROL_MESSAGE_BYTES, MAX_LANE_MESSAGE_BYTES, maxPieces } from '@ferryline/engine';
import { type WebSocket, WebSocketServer } from 'ws';
import { presentedToken } from '../../application/token/presented-token.ts';
import type { AgentDoor, Opener } from '../session/agent-door.ts';
import type { AgentSessions } from '../session/agent-sessions.ts';
import type { Handovers } from '../session/handovers.ts';
import { noSuchSession } from '../session/no-such-session.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { WebSocketLane } from './websocket-lane.ts';
import { WebSocketLine } from './websocket-line.ts';

/** What a peer may make `ws` hold for one message. */
function socketLimits(maxPayload: number) {
  const pieces = { maxFragments: 64, maxBufferedChunks: maxPieces(maxPayload) };
  return { noServer: true, perMessageDeflate: false, maxPayload, ...pieces } as const;
}

export interface WebSocketDoorParts {
  readonly door: AgentDoor;
  readonly sessions: AgentSessions;
  /** Sessions that poll, and may go over to WebSocket. */
  readonly handovers: Handovers;
  /** Throws a FerryError, with the HTTP status to answer, for a request that no WebSocket may come of. */
  readonly requireOurs: (request: IncomingMessage) => void;
  /** Where a request comes from, whatever brought it. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Hears of a connection whose agent has shown who it is. */
  readonly onAuthenticated: (socket: Socket) => void;
}

/** The way to the agents' door by WebSocket: upgrades on `/ws/agent` and `/ws/lane`. */
export class WebSocketDoor {
  readonly #parts: WebSocketDoorParts;
  readonly #control = new WebSocketServer(socketLimits(MAX_CONTROL_MESSAGE_BYTES));
  readonly #lanes = new WebSocketServer(socketLimits(MAX_LANE_MESSAGE_BYTES));

  constructor(parts: WebSocketDoorParts) {
    this.#parts = parts;
  }

  /** Handles one upgrade request of the HTTP server. Never throws; what is refused gets an HTTP answer. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    this.#admit(request, socket, head).catch((thrown: unknown) => refuseUpgrade(socket, FerryError.from(thrown)));
  }

  /** Nothing is upgraded any more. */
  close(): void {
    this.#control.close();
    this.#lanes.close();
  }

  async #admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#parts.requireOurs(request);
    const url = new URL(request.url ?? '/', 'http://hub');
    if (url.pathname !== '/ws/agent' && url.pathname !== '/ws/lane') {
      throw new FerryError('NOT_FOUND', `There is no WebSocket at ${url.pathname}.`);
    }
    const secret = presentedToken(request.headers);
    const address = this.#parts.addressOf(request);
    const opener = await this.#parts.door.authenticate(secret, address);
    this.#parts.onAuthenticated(request.socket);
    // Afterwards the socket speaks WebSocket, and could not be told why not.
    const [server, use] =
      url.pathname === '/ws/lane'
        ? [this.#lanes, this.#laneFor(opener, url.searchParams, request.socket)]
        : [this.#control, this.#lineFor(opener, address, url.searchParams)];
    server.handleUpgrade(request, socket, head, use);
  }

  #lineFor(opener: Opener, address: string, query: URLSearchParams): (socket: WebSocket) => void {
    const session = query.get('session');
    if (session === null) return (socket) => void this.#parts.door.open(new WebSocketLine(socket), opener, address);
    const goOver = this.#parts.handovers.control(opener.agent.id, session, afterIn(query));
    return (socket) => goOver(new WebSocketLine(socket));
  }

  #laneFor(opener: Opener, query: URLSearchParams, beneath: Socket): (socket: WebSocket) => void {
    const id = query.get('session') ?? '';
    if (query.has('after')) {
      const goOver = this.#parts.handovers.lane(opener.agent.id, id, afterIn(query));
      return (socket) => goOver(new WebSocketLane(socket, beneath));
    }
    const session = this.#parts.sessions.getById(id);
    if (session === undefined || session.agent.id !== opener.agent.id) throw noSuchSession();
    session.assertTakesLane();
    return (socket) => session.attachLane(new WebSocketLane(socket, beneath));
  }
}

/** @throws FerryError VALIDATION */
function afterIn(query: URLSearchParams): number {
  const after = query.get('after') ?? '';
  if (/^\d{1,15}$/.test(after)) return Number(after);
  throw new FerryError('VALIDATION', 'A session goes on after a number: say which with after=N.');
}
