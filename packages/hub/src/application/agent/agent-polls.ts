import type { AgentRepository } from '../../domain/agent/agent-repository.ts';

/** The last poll is for people: agents that poll without a pause do not cost a commit for each. */
const RECORD_EVERY_MS = 60_000;

export interface AgentPollsDependencies {
  readonly agents: Pick<AgentRepository, 'updateLastPoll'>;
  readonly now: () => Date;
  readonly onFailure: (thrown: unknown) => void;
}

/** When agents last polled: gathered, and recorded once a minute for all. */
export class AgentPolls {
  readonly #parts: AgentPollsDependencies;
  readonly #timer: NodeJS.Timeout;
  #unrecorded = new Map<number, Date>();
  #recording: Promise<void> | undefined;

  constructor(parts: AgentPollsDependencies) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#record(), RECORD_EVERY_MS);
  }

  /** An agent polls at this moment. */
  note(agentId: number): void {
    this.#unrecorded.set(agentId, this.#parts.now());
  }

  /** Resolves when all is recorded; nothing is afterwards. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#recording;
    this.#record();
    await this.#recording;
  }

  /** What cannot be recorded now is let go: a minute later there is something newer. */
  #record(): void {
    if (this.#unrecorded.size === 0 || this.#recording !== undefined) return;
    const polls = this.#unrecorded;
    this.#unrecorded = new Map();
    this.#recording = this.#parts.agents
      .updateLastPoll(polls)
      .catch(this.#parts.onFailure)
      .finally(() => {
        this.#recording = undefined;
      });
  }
}
