import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  FerryError,
  type Hello,
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_LANE_MESSAGE_BYTES,
  maxPieces,
  negotiateVersion,
} from '@ferryline/engine';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { AgentAllowance } from '../../application/agent/agent-allowance.ts';
import type { AgentPresence } from '../../application/agent/agent-presence.ts';
import type { AgentRefusals } from '../../application/agent/agent-refusals.ts';
import { TokenGuesses } from '../../application/token/token-guesses.ts';
import type { TokenService } from '../../application/token/token-service.ts';
import { relayIntake } from '../engine/relay/relay.ts';
import type { HubEvent } from '../engine/state/events.ts';
import { AgentSession, type AgentSessionListener } from './agent-session.ts';
import type { AgentSessions } from './agent-sessions.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { TokenWatch } from './token-watch.ts';

/** An agent that loses its connection says hello again after growing waits; only a defect, or an attack, says more (A53). */
const HELLOS_PER_MINUTE = 10;

/** What a peer may make `ws` hold for one message. */
function socketLimits(maxPayload: number) {
  const pieces = { maxFragments: 64, maxBufferedChunks: maxPieces(maxPayload) };
  return { noServer: true, perMessageDeflate: false, maxPayload, ...pieces } as const;
}

export interface AgentGatewayParts {
  readonly presence: AgentPresence;
  readonly refusals: AgentRefusals;
  readonly tokens: TokenService;
  readonly sessions: AgentSessions;
  readonly dispatch: (event: HubEvent) => void;
  /** Throws a FerryError, with the HTTP status to answer, for a request that no WebSocket may come of. */
  readonly requireOurs: (request: IncomingMessage) => void;
  /** Where a request comes from, whatever brought it. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Hears of a connection whose agent has shown who it is. */
  readonly onAuthenticated: (socket: Socket) => void;
  readonly heartbeatMs: number;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** The agents' door: authenticates upgrades on `/ws/agent` and `/ws/lane` and turns what agents say into events of the core. */
export class AgentGateway {
  readonly #parts: AgentGatewayParts;
  readonly #control = new WebSocketServer(socketLimits(MAX_CONTROL_MESSAGE_BYTES));
  readonly #lanes = new WebSocketServer(socketLimits(MAX_LANE_MESSAGE_BYTES));
  readonly #guesses: TokenGuesses;
  readonly #tokenWatch: TokenWatch;
  readonly #hellos = new AgentAllowance(HELLOS_PER_MINUTE);
  /** Recordings of who came and went, in the order in which it happened. */
  #presence: Promise<void> = Promise.resolve();

  constructor(parts: AgentGatewayParts) {
    this.#parts = parts;
    const { sessions, tokens, now, logger } = parts;
    this.#guesses = new TokenGuesses({ tokens, now });
    const onFailure = (err: unknown): void => logger.error({ err }, 'the tokens of sessions could not be checked');
    this.#tokenWatch = new TokenWatch({ sessions, tokens, onFailure });
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
    await this.#tokenWatch.close();
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
    const address = this.#parts.addressOf(request);
    const opener = await this.#guesses.authenticate(bearerToken(request), address);
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
    this.#control.handleUpgrade(request, socket, head, (control) => {
      this.#parts.sessions.add(new AgentSession(control, opener, address, this.#parts.heartbeatMs, this.#listener));
    });
  }

  readonly #listener: AgentSessionListener = {
    hello: (session, hello) => this.#welcome(session, hello),
    message: (session, message) => {
      this.#parts.dispatch({ type: 'messageReceived', agentId: session.agent.id, message });
    },
    laneMessage: (session, message) => relayIntake(session.agent.id, message, this.#parts.dispatch),
    refused: (session, error) => this.#note(session, error),
    closed: (session, reason) => this.#farewell(session, reason),
  };

  async #welcome(session: AgentSession, hello: Hello): Promise<void> {
    const { sessions, presence, logger } = this.#parts;
    if (!this.#hellos.take(session.agent.id, this.#parts.now().getTime())) throw tooManyHellos(session.agent.name);
    const version = negotiateVersion(hello.protocolVersions);
    do {
      await sessions.makeRoom(session);
      await this.#mustStillHold(session);
      // Meanwhile the agent may have gone, or its token; or another session of it was faster.
      if (session.isClosed) return;
    } while (!sessions.seat(session));
    const info = {
      version: hello.agentVersion,
      host: hello.host,
      os: hello.os,
      arch: hello.arch,
      roots: hello.roots,
    };
    const connection = { info, transport: 'websocket', address: session.address, at: this.#parts.now() } as const;
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

  /** It was good when the connection opened; since then somebody else may have revoked it, or it expired. */
  async #mustStillHold(session: AgentSession): Promise<void> {
    const { tokens, logger } = this.#parts;
    const refusals = await tokens.refusals([session.tokenId]).catch((err: unknown) => {
      logger.error({ err, agent: session.agent.name }, 'the token of an agent that said hello could not be checked');
      // Not refused: an agent takes that for the last word, and this is over in a moment.
      session.close('the hub cannot ask its database at this moment');
    });
    const refusal = refusals?.get(session.tokenId);
    if (refusal !== undefined) throw refusal;
  }

  /** Why an agent was cut off is in the log; that it broke the protocol is on record as well. Both are bounded for each agent. */
  #note(session: AgentSession, { code, message: reason }: FerryError): void {
    const { refusals, logger } = this.#parts;
    const { agent, address } = session;
    const log = (): void => logger.warn({ agent: agent.name, address, code, reason }, 'agent refused');
    if (code !== 'PROTOCOL') {
      // What is refused before it is welcomed is told to the agent alone: whoever knocks on and on writes nothing.
      if (session.isLive) log();
      return;
    }
    refusals
      .record({ agent, address, reason })
      .then((isWritten) => isWritten && log())
      .catch((err: unknown) => logger.error({ err, agent: agent.name, reason }, 'a refusal could not be recorded'));
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

function tooManyHellos(name: string): FerryError {
  return new FerryError(
    'RATE_LIMITED',
    `Agent ${name} said hello more than ${HELLOS_PER_MINUTE} times within a minute. It may come back after a minute.`,
  );
}

function bearerToken(request: IncomingMessage): string {
  const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(request.headers.authorization ?? '');
  if (match?.[1] === undefined) {
    throw new FerryError('UNAUTHENTICATED', 'Connect with the agent token in Authorization: Bearer.');
  }
  return match[1];
}
