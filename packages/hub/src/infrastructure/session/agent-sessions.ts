import {
  type ErrorCode,
  FerryError,
  FRAME_HEADER_BYTES,
  type HubMessage,
  MAX_FRAME_PAYLOAD_BYTES,
  type TransferRef,
} from '@ferryline/engine';
import type { AgentProbe, Listing, ListingRequest } from '../../application/agent/agent-probe.ts';
import type { AgentRemovalListener } from '../../application/agent/agent-removal-listener.ts';
import type { RevocationListener } from '../../application/token/revocation-listener.ts';
import type { Token } from '../../domain/token/token.ts';
import type { AgentLinks, OutgoingFrame } from '../dispatch/agent-links.ts';
import type { ScannedPage, ScanQuestion, TreeScanner } from '../dispatch/tree-scanner.ts';
import type { AgentSession } from './agent-session.ts';
import { listedEntry } from './listed-entry.ts';

/** How long an agent's present session has to prove that it lives, when a second one asks for its place. */
const PROOF_OF_LIFE_MS = 3_000;
/** A person waits for it. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Connections of one agent that said nothing yet: the one that it means, and one that was cut off while it dialled. */
const MAX_UNGREETED_PER_AGENT = 2;
/** The largest message of a lane is one frame with the largest chunk: it may come on top of a full budget. */
const LARGEST_FRAME_BYTES = FRAME_HEADER_BYTES + MAX_FRAME_PAYLOAD_BYTES;

/** The sessions from the moment at which their connection is open, and which of them is its agent's present one. */
export class AgentSessions implements AgentLinks, AgentProbe, TreeScanner, RevocationListener, AgentRemovalListener {
  readonly #byAgent = new Map<number, AgentSession>();
  readonly #byId = new Map<string, AgentSession>();
  readonly #maxWaitingBytes: number;

  /** @param relayMemoryBytes what may wait in the hub's memory for one agent, but for one frame */
  constructor({ relayMemoryBytes }: { readonly relayMemoryBytes: number }) {
    this.#maxWaitingBytes = relayMemoryBytes + LARGEST_FRAME_BYTES;
  }

  /** A connection is open: from here on the session ends with its token. Too many that say nothing push out the oldest of them. */
  add(session: AgentSession): void {
    this.#byId.set(session.id, session);
    const silent = this.all.filter((each) => each.agent.id === session.agent.id && !each.hasGreeted);
    if (silent.length > MAX_UNGREETED_PER_AGENT)
      silent[0]?.close('this agent has too many connections without a hello');
  }

  /** Every session that has not ended, greeted or not, in the order in which they came. */
  get all(): readonly AgentSession[] {
    return [...this.#byId.values()];
  }

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

  /** Makes a session its agent's present one; returns false, having done nothing, when another one is. */
  seat(session: AgentSession): boolean {
    if (this.#byAgent.has(session.agent.id)) return false;
    this.#byAgent.set(session.agent.id, session);
    return true;
  }

  /** Forgets a session that ended; returns whether it was its agent's present one. */
  remove(session: AgentSession): boolean {
    this.#byId.delete(session.id);
    if (this.#byAgent.get(session.agent.id) !== session) return false;
    for (const other of this.#byAgent.values()) other.dropFramesFrom(session.agent.id);
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
    return this.all.reduce((sum, session) => sum + session.waitingBytes, 0);
  }

  sendMessage(agentId: number, message: HubMessage): void {
    this.#byAgent.get(agentId)?.sendMessage(message);
  }

  sendFrame(agentId: number, frame: OutgoingFrame): void {
    const session = this.#byAgent.get(agentId);
    if (session === undefined) return;
    session.sendFrame(frame);
    if (session.waitingBytes > this.#maxWaitingBytes) this.#relieve(session);
  }

  movedLanes(): readonly number[] {
    return [...this.#byAgent].flatMap(([agentId, session]) => (session.hasLaneMoved() ? [agentId] : []));
  }

  takeBackFrames(agentId: number, refs: readonly TransferRef[]): readonly OutgoingFrame[] {
    return this.#byAgent.get(agentId)?.takeBackFrames(refs) ?? [];
  }

  closeSession(agentId: number, code: ErrorCode, reason: string): void {
    this.#byAgent.get(agentId)?.refuse(new FerryError(code, `The hub ended the session: ${reason}.`));
  }

  /** What a revoked token opened is closed at once. */
  tokenRevoked(token: Token): void {
    for (const session of this.all) {
      if (session.tokenId !== token.id) continue;
      session.refuse(new FerryError('UNAUTHENTICATED', `The agent token ${token.prefix}… was revoked.`));
    }
  }

  /** A removed agent has nothing to say any more. */
  agentRemoved(agentId: number): void {
    for (const session of this.all) {
      if (session.agent.id !== agentId) continue;
      session.refuse(new FerryError('UNAUTHENTICATED', 'This agent was removed from the hub.'));
    }
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

  hubStops(): void {
    for (const session of this.all) session.hubStops();
  }

  /**
   * More waits for an agent than the windows of all sources together allow, because it acknowledges what it did not take, or takes too
   * little while transfers come and go. Who sent most of it gives way, with its frames: nobody else's are harmed.
   */
  #relieve(session: AgentSession): void {
    const heaviest = session.heaviestSender;
    if (heaviest === undefined) return;
    const why = `Agent ${session.agent.name} does not take what is sent to it: ${session.waitingBytes} bytes wait. Come back later.`;
    this.#byAgent.get(heaviest)?.refuse(new FerryError('RATE_LIMITED', why));
    session.dropFramesFrom(heaviest);
  }

  #present(agentId: number): AgentSession {
    const session = this.#byAgent.get(agentId);
    if (session !== undefined) return session;
    throw new FerryError('AGENT_OFFLINE', 'The agent is not connected at this moment. Try again when it is.');
  }
}
