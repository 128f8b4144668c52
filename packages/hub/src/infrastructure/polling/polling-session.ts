import { FerryError } from '@ferryline/engine';
import type { NumberedAnswer, PolledSession, PollingAgent } from '../../application/agent/polled-sessions.ts';
import type { AgentSession } from '../session/agent-session.ts';
import type { ControlLine } from '../session/control-line.ts';
import type { Lane } from '../session/lane.ts';
import type { PollingLane } from './polling-lane.ts';
import type { PollingLine } from './polling-line.ts';

export interface PollingSessionParts {
  readonly session: AgentSession;
  readonly line: PollingLine;
  readonly lane: PollingLane;
  /** Who opened it. */
  readonly agent: PollingAgent;
  /** Hears that the agent polls. */
  readonly polled: () => void;
}

/** A session with the line and the lane that requests reach. */
export class PollingSession implements PolledSession {
  readonly #parts: PollingSessionParts;

  constructor(parts: PollingSessionParts) {
    this.#parts = parts;
  }

  get agent(): PollingAgent {
    return this.#parts.agent;
  }

  /** Whether there is nothing more that a request could reach, once the session is over. */
  get hasGoneOver(): boolean {
    return this.#parts.line.hasGoneOver;
  }

  poll(after: number, gone: AbortSignal): Promise<NumberedAnswer<readonly string[]> | undefined> {
    this.#parts.polled();
    return this.#guarded(() => this.#parts.line.poll(after, gone));
  }

  takeMessages(seq: number, body: Buffer, gone: AbortSignal): Promise<void> {
    return this.#guarded(() => this.#parts.line.take(seq, body, gone));
  }

  pollLane(after: number, gone: AbortSignal): Promise<NumberedAnswer<readonly Buffer[]> | undefined> {
    return this.#guarded(() => this.#parts.lane.poll(after, gone));
  }

  takeFrames(seq: number, body: Buffer): Promise<void> {
    return this.#guarded(async () => this.#parts.lane.take(seq, body));
  }

  end(): void {
    this.#parts.line.requireHere();
    this.#parts.session.close('the agent stopped');
  }

  /** See `Handovers.control`. @param wentOver hears of it */
  control(after: number, wentOver: (session: AgentSession) => void): (line: ControlLine) => void {
    const { session, line } = this.#parts;
    this.#refusing(() => line.requireAfter(after));
    return (next) => {
      const { taken, unheard } = line.goOver(after);
      next.say(JSON.stringify({ type: 'resumed', after: taken }));
      for (const message of unheard) next.say(message);
      session.moveControl(next);
      wentOver(session);
    };
  }

  /** See `Handovers.lane`. */
  lane(after: number): (lane: Lane) => void {
    const { session, lane } = this.#parts;
    this.#refusing(() => lane.requireAfter(after));
    return (next) => session.moveLane(next, lane.goOver(after));
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      this.#refuse(thrown);
      throw thrown;
    }
  }

  #refusing(check: () => void): void {
    try {
      check();
    } catch (thrown) {
      this.#refuse(thrown);
      throw thrown;
    }
  }

  /** What the protocol forbids ends the session. */
  #refuse(thrown: unknown): void {
    if (thrown instanceof FerryError && thrown.code === 'PROTOCOL') this.#parts.session.refuse(thrown);
  }
}
