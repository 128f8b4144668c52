import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  FerryError,
  type Hello,
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_FRAME_PAYLOAD_BYTES,
  negotiateVersion,
} from '@ferryline/engine';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { AgentPresence } from '../../application/agent/agent-presence.ts';
import type { TokenService } from '../../application/token/token-service.ts';
import { relayIntake } from '../engine/relay/relay.ts';
import type { HubEvent } from '../engine/state/events.ts';
import { AgentSession, type AgentSessionListener } from './agent-session.ts';
import type { AgentSessions } from './agent-sessions.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';

/** ATTACKS.md A47: what a peer may make `ws` hold for one message. */
const socketLimits = { noServer: true, perMessageDeflate: false, maxFragments: 64, maxBufferedChunks: 4096 } as const;
/** The largest binary message: the largest frame, or packed small ones. */
const MAX_LANE_MESSAGE_BYTES = MAX_FRAME_PAYLOAD_BYTES + 1024 * 1024;

export interface AgentGatewayParts {
  readonly presence: AgentPresence;
  readonly tokens: TokenService;
  readonly sessions: AgentSessions;
  readonly dispatch: (event: HubEvent) => void;
  /** Throws a FerryError, with the HTTP status to answer, for a request that no WebSocket may come of. */
  readonly requireOurs: (request: IncomingMessage) => void;
  /** Hears of a connection whose agent has shown who it is. */
  readonly onAuthenticated: (socket: Socket) => void;
  readonly heartbeatMs: number;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** The agents' door: authenticates upgrades on `/ws/agent` and `/ws/lane` and turns what agents say into events of the core. */
export class AgentGateway {
  readonly #parts: AgentGatewayParts;
  readonly #control = new WebSocketServer({ ...socketLimits, maxPayload: MAX_CONTROL_MESSAGE_BYTES });
  readonly #lanes = new WebSocketServer({ ...socketLimits, maxPayload: MAX_LANE_MESSAGE_BYTES });
  /** Recordings of who came and went, in the order in which it happened. */
  #presence: Promise<void> = Promise.resolve();

  constructor(parts: AgentGatewayParts) {
    this.#parts = parts;
  }

  /** Handles one upgrade request of the HTTP server. Never throws; what is refused gets an HTTP answer. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    this.#admit(request, socket, head).catch((thrown: unknown) => refuseUpgrade(socket, FerryError.from(thrown)));
  }

  /** Ends every session and resolves when the departures are recorded. */
  async close(): Promise<void> {
    this.#parts.sessions.closeAll('the hub stops');
    this.#control.close();
    this.#lanes.close();
    await this.#presence;
  }

  async #admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#parts.requireOurs(request);
    const url = new URL(request.url ?? '/', 'http://hub');
    if (url.pathname !== '/ws/agent' && url.pathname !== '/ws/lane') {
      throw new FerryError('NOT_FOUND', `There is no WebSocket at ${url.pathname}.`);
    }
    if (request.headers.origin !== undefined || request.headers.cookie !== undefined) {
      throw new FerryError('FORBIDDEN', 'Agents are not browsers: this endpoint takes no Origin and no Cookie.');
    }
    const opener = await this.#parts.tokens.authenticate(bearerToken(request));
    this.#parts.onAuthenticated(request.socket);
    if (url.pathname === '/ws/lane') {
      const session = this.#parts.sessions.getById(url.searchParams.get('session') ?? '');
      if (session === undefined || session.agent.id !== opener.agent.id) {
        throw new FerryError('NOT_FOUND', 'There is no such session of this agent.');
      }
      // Afterwards the socket speaks WebSocket, and could not be told.
      session.assertTakesLane();
      this.#lanes.handleUpgrade(request, socket, head, (lane) => session.attachLane(lane));
      return;
    }
    const address = request.socket.remoteAddress ?? 'unknown';
    this.#control.handleUpgrade(request, socket, head, (control) => {
      new AgentSession(control, opener, address, this.#parts.heartbeatMs, this.#listener);
    });
  }

  readonly #listener: AgentSessionListener = {
    hello: (session, hello) => this.#welcome(session, hello),
    message: (session, message) => {
      this.#parts.dispatch({ type: 'messageReceived', agentId: session.agent.id, message });
    },
    laneMessage: (session, message) => relayIntake(session.agent.id, message, this.#parts.dispatch),
    closed: (session, reason) => this.#farewell(session, reason),
  };

  async #welcome(session: AgentSession, hello: Hello): Promise<void> {
    const { sessions, presence, logger } = this.#parts;
    const version = negotiateVersion(hello.protocolVersions);
    await sessions.makeRoom(session);
    const info = {
      version: hello.agentVersion,
      host: hello.host,
      os: hello.os,
      arch: hello.arch,
      roots: hello.roots,
    };
    const connection = { info, transport: 'websocket', address: session.address, at: this.#parts.now() } as const;
    sessions.add(session);
    this.#presence = this.#presence
      .then(() => presence.recordConnected(session.agent.id, connection))
      .catch((cause: unknown) => logger.error({ err: cause }, 'an agent that connected could not be recorded'));
    await this.#presence;
    if (!sessions.isPresent(session)) throw new FerryError('CONFLICT', 'Another session of this agent took over.');
    session.welcome(version);
    logger.info({ agent: session.agent.name, address: session.address }, 'agent connected');
    this.#parts.dispatch({ type: 'sessionOpened', agentId: session.agent.id });
    this.#parts.dispatch({ type: 'holdsStated', agentId: session.agent.id, refs: hello.holds });
  }

  #farewell(session: AgentSession, reason: string): void {
    const { sessions, presence, logger } = this.#parts;
    if (!sessions.remove(session)) return;
    logger.info({ agent: session.agent.name, reason }, 'agent disconnected');
    this.#parts.dispatch({ type: 'sessionClosed', agentId: session.agent.id });
    this.#presence = this.#presence
      .then(() => presence.recordDisconnected(session.agent.id))
      .catch((cause: unknown) => logger.error({ err: cause }, 'an agent that left could not be recorded'));
  }
}

function bearerToken(request: IncomingMessage): string {
  const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(request.headers.authorization ?? '');
  if (match?.[1] === undefined) {
    throw new FerryError('UNAUTHENTICATED', 'Connect with the agent token in Authorization: Bearer.');
  }
  return match[1];
}
