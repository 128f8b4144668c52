import { FerryError, type Hello, negotiateVersion } from '@ferryline/engine';
import type { Logger } from 'pino';
import { AgentAllowance } from '../../application/agent/agent-allowance.ts';
import type { AgentPresence } from '../../application/agent/agent-presence.ts';
import type { AgentRefusals } from '../../application/agent/agent-refusals.ts';
import { TokenGuesses } from '../../application/token/token-guesses.ts';
import type { AgentToken, TokenService } from '../../application/token/token-service.ts';
import { relayIntake } from '../engine/relay/relay.ts';
import type { HubEvent } from '../engine/state/events.ts';
import { AgentSession, type AgentSessionListener } from './agent-session.ts';
import type { AgentSessions } from './agent-sessions.ts';
import type { ControlLine } from './control-line.ts';
import { TokenWatch } from './token-watch.ts';

/** An agent that loses its connection says hello again after growing waits; only a defect, or an attack, says more (A53). */
const HELLOS_PER_MINUTE = 10;

export interface AgentDoorParts {
  readonly presence: AgentPresence;
  readonly refusals: AgentRefusals;
  readonly tokens: TokenService;
  readonly sessions: AgentSessions;
  readonly dispatch: (event: HubEvent) => void;
  readonly heartbeatMs: number;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** Whoever comes to open a session, as the database knows them. */
export type Opener = {
  readonly agent: Pick<AgentToken['agent'], 'id' | 'name'>;
  readonly token: Pick<AgentToken['token'], 'id'>;
};

/** The agents' door, whichever transport leads to it: says who comes, welcomes, and turns what agents say into events of the core. */
export class AgentDoor {
  readonly #parts: AgentDoorParts;
  readonly #guesses: TokenGuesses;
  readonly #tokenWatch: TokenWatch;
  readonly #hellos = new AgentAllowance(HELLOS_PER_MINUTE);
  /** Recordings of who came and went, in the order in which it happened. */
  #presence: Promise<void> = Promise.resolve();

  constructor(parts: AgentDoorParts) {
    this.#parts = parts;
    const { sessions, tokens, now, logger } = parts;
    this.#guesses = new TokenGuesses({ tokens, now });
    const onFailure = (err: unknown): void => logger.error({ err }, 'the tokens of sessions could not be checked');
    this.#tokenWatch = new TokenWatch({ sessions, tokens, onFailure });
  }

  /** Whose token this is. @throws FerryError UNAUTHENTICATED; RATE_LIMITED with `retryAfterSeconds` */
  authenticate(secret: string, address: string): Promise<AgentToken> {
    return this.#guesses.authenticate(secret, address);
  }

  /** Begins a session, which waits for its hello. @param address where the agent connected from */
  open(line: ControlLine, opener: Opener, address: string): AgentSession {
    const session = new AgentSession(line, opener, address, this.#parts.heartbeatMs, this.#listener);
    this.#parts.sessions.add(session);
    return session;
  }

  /** A session goes on by another transport than before. */
  wentOver(session: AgentSession): void {
    const { presence, logger } = this.#parts;
    const { agent, transport } = session;
    logger.info({ agent: agent.name, transport }, 'agent went over to another transport');
    this.#record('an agent that went over to another transport could not be recorded', () =>
      presence.recordTransport(agent.id, transport),
    );
  }

  /** Ends every session and resolves when the departures are recorded. */
  async close(): Promise<void> {
    this.#parts.sessions.hubStops();
    await this.#tokenWatch.close();
    await this.#presence;
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
    const { transport, address } = session;
    const connection = { info, transport, address, at: this.#parts.now() };
    await this.#record('an agent that connected could not be recorded', () =>
      presence.recordConnected(session.agent.id, connection),
    );
    if (!sessions.isPresent(session)) throw new FerryError('CONFLICT', 'Another session of this agent took over.');
    session.welcome(version);
    logger.info({ agent: session.agent.name, address, transport }, 'agent connected');
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

  /** Why an agent was cut off is in the log; that it broke the protocol, or came twice, is on record as well. All are bounded for each agent. */
  #note(session: AgentSession, { code, message: reason }: FerryError): void {
    const { refusals, logger } = this.#parts;
    const { agent, address, tokenId } = session;
    const log = (): void => logger.warn({ agent: agent.name, address, code, reason }, 'agent refused');
    if (code !== 'PROTOCOL' && code !== 'CONFLICT') {
      // What is refused before it is welcomed is told to the agent alone: whoever knocks on and on writes nothing.
      if (session.isLive) log();
      return;
    }
    refusals
      .record({ agent, tokenId, address, code, reason })
      .then((isWritten) => isWritten && log())
      .catch((err: unknown) => logger.error({ err, agent: agent.name, reason }, 'a refusal could not be recorded'));
  }

  #farewell(session: AgentSession, reason: string): void {
    const { sessions, presence, logger } = this.#parts;
    if (!sessions.remove(session)) return;
    logger.info({ agent: session.agent.name, reason }, 'agent disconnected');
    this.#parts.dispatch({ type: 'sessionClosed', agentId: session.agent.id });
    this.#record('an agent that left could not be recorded', () => presence.recordDisconnected(session.agent.id));
  }

  /** Records something after all that is being recorded. Resolves when that is done, or has failed, which the log says. */
  #record(failure: string, work: () => Promise<void>): Promise<void> {
    this.#presence = this.#presence.then(work).catch((err: unknown) => this.#parts.logger.error({ err }, failure));
    return this.#presence;
  }
}

function tooManyHellos(name: string): FerryError {
  return new FerryError(
    'RATE_LIMITED',
    `Agent ${name} said hello more than ${HELLOS_PER_MINUTE} times within a minute. It may come back after a minute.`,
  );
}
