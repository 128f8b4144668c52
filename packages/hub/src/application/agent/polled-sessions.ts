import type { AgentToken } from '../token/token-service.ts';

/** An answer of a numbered stream. */
export interface NumberedAnswer<Answer> {
  readonly seq: number;
  readonly answer: Answer;
}

/** Who asks, by which token. */
export interface PollingAgent {
  readonly agent: Pick<AgentToken['agent'], 'id' | 'name'>;
  readonly token: Pick<AgentToken['token'], 'id'>;
  /** Of the token's secret. */
  readonly secretHash: string;
}

/** The sessions of agents that poll (PROTOCOL.md section 1.4), for whoever takes their requests. */
export interface PolledSessions {
  /**
   * Whose token this is. A session is open to the token that opened it as long as the session is known: the database is not asked.
   *
   * @param sessionId the session that is asked for, if one is
   * @throws FerryError UNAUTHENTICATED; RATE_LIMITED with `retryAfterSeconds` for who tries many
   */
  authenticate(secret: string, address: string, sessionId: string | undefined): Promise<PollingAgent>;
  /**
   * Makes a session; resolves to `welcome`, as JSON.
   *
   * @param hello the body as it came
   * @throws FerryError with the code and the message of `refused`
   */
  open(agent: PollingAgent, address: string, hello: Buffer): Promise<string>;
  /** A session of this agent, also for a while after its end. @throws FerryError NOT_FOUND */
  find(agent: PollingAgent, sessionId: string): PolledSession;
}

/**
 * What the requests of one session ask. Each of its methods throws NOT_FOUND when the session is over, CONFLICT when it goes on by
 * WebSocket, and PROTOCOL for a number that cannot be, which ends the session. A request may be repeated.
 */
export interface PolledSession {
  /** Messages as JSON; undefined when there were none for a while, or another request took this one's place. */
  poll(after: number, gone: AbortSignal): Promise<NumberedAnswer<readonly string[]> | undefined>;
  /** Takes a body of control messages; resolves when they were dealt with. @throws FerryError what `refused` says, when they end it */
  takeMessages(seq: number, body: Buffer, gone: AbortSignal): Promise<void>;
  /** Whole frames, in pieces; otherwise as `poll`. */
  pollLane(after: number, gone: AbortSignal): Promise<NumberedAnswer<readonly Buffer[]> | undefined>;
  /** Takes a lane message; resolves when it was dealt with. */
  takeFrames(seq: number, body: Buffer): Promise<void>;
  /** The agent stops. */
  end(): void;
}
