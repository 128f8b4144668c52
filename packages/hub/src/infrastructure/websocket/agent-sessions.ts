import { FerryError, type HubMessage } from '@ferryline/engine';
import type { AgentProbe, Listing, ListingRequest } from '../../application/agent/agent-probe.ts';
import type { AgentRemovalListener } from '../../application/agent/agent-removal-listener.ts';
import type { RevocationListener } from '../../application/token/revocation-listener.ts';
import type { Token } from '../../domain/token/token.ts';
import type { AgentLinks } from '../dispatch/agent-links.ts';
import type { ScannedPage, ScanQuestion, TreeScanner } from '../dispatch/tree-scanner.ts';
import type { AgentSession } from './agent-session.ts';
import { listedEntry } from './listed-entry.ts';

/** How long an agent's present session has to prove that it lives, when a second one asks for its place. */
const PROOF_OF_LIFE_MS = 3_000;
/** A person waits for it. */
const ANSWER_TIMEOUT_MS = 10_000;

/** The live sessions, one for each connected agent. */
export class AgentSessions implements AgentLinks, AgentProbe, TreeScanner, RevocationListener, AgentRemovalListener {
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

  /** Bytes of frames that wait in the hub's memory for agents to take them. */
  get waitingBytes(): number {
    return [...this.#byId.values()].reduce((sum, session) => sum + session.waitingBytes, 0);
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

  /** A removed agent has nothing to say any more. */
  agentRemoved(agentId: number): void {
    this.#byAgent.get(agentId)?.refuse(new FerryError('UNAUTHENTICATED', 'This agent was removed from the hub.'));
  }

  async roundTripMs(agentId: number): Promise<number> {
    const session = this.#present(agentId);
    const sentAt = performance.now();
    await session.ping(ANSWER_TIMEOUT_MS);
    return Math.round((performance.now() - sentAt) * 10) / 10;
  }

  async list(agentId: number, { place, after, limit }: ListingRequest): Promise<Listing> {
    const path = { root: place.root, names: [...place.names] };
    const question = { path, limit, ...(after !== undefined && { after }) };
    const { entries, more, unlisted } = await this.#present(agentId).list(question, ANSWER_TIMEOUT_MS);
    return { entries: entries.slice(0, limit).map(listedEntry), more, unlisted };
  }

  isConnected(agentId: number): boolean {
    return this.#byAgent.has(agentId);
  }

  async *scan(agentId: number, question: ScanQuestion, signal: AbortSignal): AsyncGenerator<ScannedPage> {
    yield* this.#present(agentId).scan(question, signal);
  }

  closeAll(reason: string): void {
    for (const session of [...this.#byId.values()]) session.close(reason);
  }

  #present(agentId: number): AgentSession {
    const session = this.#byAgent.get(agentId);
    if (session !== undefined) return session;
    throw new FerryError('AGENT_OFFLINE', 'The agent is not connected at this moment. Try again when it is.');
  }
}
