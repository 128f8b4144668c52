import type { AgentPolls } from '../../application/agent/agent-polls.ts';
import type { PolledSession, PolledSessions, PollingAgent } from '../../application/agent/polled-sessions.ts';
import { secretHash } from '../../application/token/token-secret.ts';
import type { AgentDoor } from '../session/agent-door.ts';
import type { ControlLine } from '../session/control-line.ts';
import type { Handovers } from '../session/handovers.ts';
import type { Lane } from '../session/lane.ts';
import { noSuchSession } from '../session/no-such-session.ts';
import { PollingLane } from './polling-lane.ts';
import { PollingLine } from './polling-line.ts';
import { PollingSession } from './polling-session.ts';

/** So long the agent can still fetch what the hub said last (PROTOCOL.md section 1.4). */
const LAST_WORD_MS = 10_000;

export interface PollingDoorParts {
  readonly door: AgentDoor;
  readonly polls: AgentPolls;
}

/** The way to the agents' door by HTTP requests. */
export class PollingDoor implements PolledSessions, Handovers {
  readonly #parts: PollingDoorParts;
  /** Those that began here, wherever they go on, and for a while after their end. */
  readonly #sessions = new Map<string, PollingSession>();

  constructor(parts: PollingDoorParts) {
    this.#parts = parts;
  }

  async authenticate(secret: string, address: string, sessionId: string | undefined): Promise<PollingAgent> {
    const hash = secretHash(secret);
    const known = this.#sessions.get(sessionId ?? '')?.agent;
    if (known?.secretHash === hash) return known;
    const { agent, token } = await this.#parts.door.authenticate(secret, address);
    return { agent, token, secretHash: hash };
  }

  async open(agent: PollingAgent, address: string, hello: Buffer): Promise<string> {
    const [line, lane] = [new PollingLine(), new PollingLane()];
    const session = this.#parts.door.open(line, agent, address);
    session.attachLane(lane);
    line.greet(hello);
    const welcome = await line.opened;
    const polled = (): void => this.#parts.polls.note(agent.agent.id);
    const polling = new PollingSession({ session, line, lane, agent, polled });
    this.#sessions.set(session.id, polling);
    session.ended.then(() => {
      const forget = (): boolean => this.#sessions.delete(session.id);
      if (polling.hasGoneOver) forget();
      else setTimeout(forget, LAST_WORD_MS).unref();
    });
    return welcome;
  }

  find(agent: PollingAgent, sessionId: string): PolledSession {
    return this.#find(agent.agent.id, sessionId);
  }

  control(agentId: number, sessionId: string, after: number): (line: ControlLine) => void {
    return this.#find(agentId, sessionId).control(after, (session) => this.#parts.door.wentOver(session));
  }

  lane(agentId: number, sessionId: string, after: number): (lane: Lane) => void {
    return this.#find(agentId, sessionId).lane(after);
  }

  #find(agentId: number, sessionId: string): PollingSession {
    const session = this.#sessions.get(sessionId);
    if (session?.agent.agent.id !== agentId) throw noSuchSession();
    return session;
  }
}
