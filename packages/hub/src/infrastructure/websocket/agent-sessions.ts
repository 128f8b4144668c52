import { FerryError, type HubMessage } from '@ferryline/engine';
import type { RevocationListener } from '../../application/token/revocation-listener.ts';
import type { Token } from '../../domain/token/token.ts';
import type { AgentLinks } from '../dispatch/agent-links.ts';
import type { AgentSession } from './agent-session.ts';

/** How long an agent's present session has to prove that it lives, when a second one asks for its place. */
const PROOF_OF_LIFE_MS = 3_000;

/** The live sessions, one for each connected agent. */
export class AgentSessions implements AgentLinks, RevocationListener {
  readonly #byAgent = new Map<number, AgentSession>();
  readonly #byId = new Map<string, AgentSession>();

  /**
   * Makes room for a session: the same process that comes back takes its old place at once; another one only when the present
   * holder does not answer a ping.
   *
   * @throws FerryError CONFLICT when the agent is connected elsewhere, alive.
   */
  async makeRoom(newcomer: AgentSession): Promise<void> {
    const holder = this.#byAgent.get(newcomer.agent.id);
    if (holder === undefined) return;
    if (holder.instance !== newcomer.instance && (await holder.answersPing(PROOF_OF_LIFE_MS))) {
      throw new FerryError(
        'CONFLICT',
        `Agent ${newcomer.agent.name} is already connected, from ${holder.address}. One token serves one agent: make another with ferry tokens create NAME.`,
      );
    }
    holder.close('another session of this agent took over');
  }

  add(session: AgentSession): void {
    this.#byAgent.set(session.agent.id, session);
    this.#byId.set(session.id, session);
  }

  /** Forgets a session that ended; returns whether it was its agent's present one. */
  remove(session: AgentSession): boolean {
    this.#byId.delete(session.id);
    if (this.#byAgent.get(session.agent.id) !== session) return false;
    return this.#byAgent.delete(session.agent.id);
  }

  /** Whether this session is its agent's present one. */
  isPresent(session: AgentSession): boolean {
    return this.#byAgent.get(session.agent.id) === session;
  }

  getById(id: string): AgentSession | undefined {
    return this.#byId.get(id);
  }

  sendMessage(agentId: number, message: HubMessage): void {
    this.#byAgent.get(agentId)?.sendMessage(message);
  }

  sendFrame(agentId: number, frame: Buffer): void {
    this.#byAgent.get(agentId)?.sendFrame(frame);
  }

  closeSession(agentId: number, reason: string): void {
    this.#byAgent.get(agentId)?.refuse(new FerryError('PROTOCOL', `The hub ended the session: ${reason}.`));
  }

  /** What a revoked token opened is closed at once. */
  tokenRevoked(token: Token): void {
    for (const session of [...this.#byId.values()]) {
      if (session.tokenId !== token.id) continue;
      session.refuse(new FerryError('UNAUTHENTICATED', `The agent token ${token.prefix}… was revoked.`));
    }
  }

  closeAll(reason: string): void {
    for (const session of [...this.#byId.values()]) session.close(reason);
  }
}
