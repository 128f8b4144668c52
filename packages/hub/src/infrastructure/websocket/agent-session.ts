import { randomUUID } from 'node:crypto';
import {
  type AgentMessage,
  FerryError,
  type Hello,
  type HubMessage,
  keyOf,
  parseAgentMessage,
  type TransferRef,
} from '@ferryline/engine';
import WebSocket, { type RawData } from 'ws';
import type { OutgoingFrame } from '../dispatch/agent-links.ts';
import type { ScannedPage, ScanQuestion } from '../dispatch/tree-scanner.ts';
import type { WorkMessage } from '../engine/state/events.ts';
import { answeredFailure } from './answered-failure.ts';
import { LaneQueue } from './lane-queue.ts';
import { Questions } from './questions.ts';
import { TreeScans } from './tree-scans.ts';

/** An agent that connects says hello within this time, or is cut off. */
const HELLO_TIMEOUT_MS = 10_000;
/** A lane that was asked for is open within this time, or what waits for it would wait for ever (PROTOCOL.md section 1). */
const LANE_TIMEOUT_MS = 10_000;
/** What an agent does not read of what the hub says; several times the most that is said at once. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;
/** A message that took longer to deal with has kept everybody waiting; its sender rests so many times as long, and cannot keep on. */
const SLOW_MESSAGE_MS = 50;
const RESTS_PER_SLOW_MESSAGE = 4;
/** This many unanswered heartbeats mean that the agent is gone. */
const MISSED_HEARTBEATS = 3;

type ListQuestion = Extract<HubMessage, { type: 'list' }>;
type Listing = Extract<AgentMessage, { type: 'listing' }>;
type ListAnswer = Extract<AgentMessage, { type: 'listing' | 'listFailed' }>;

export interface AgentSessionListener {
  /** The agent's first message; may throw a FerryError to refuse it. */
  hello(session: AgentSession, hello: Hello): Promise<void>;
  message(session: AgentSession, message: WorkMessage): void;
  laneMessage(session: AgentSession, message: Buffer): void;
  /** The hub does not go on with the agent; `closed` follows. */
  refused(session: AgentSession, error: FerryError): void;
  /** The session is over; called once. */
  closed(session: AgentSession, reason: string): void;
}

/** One connected life of an agent at the hub: its control connection, its lane, its heartbeat. */
export class AgentSession {
  readonly id = randomUUID();
  readonly agent: { readonly id: number; readonly name: string };
  /** The token that opened it. */
  readonly tokenId: number;
  /** Where the agent connected from. */
  readonly address: string;
  readonly #control: WebSocket;
  readonly #listener: AgentSessionListener;
  readonly #heartbeatMs: number;
  readonly #outgoing = new LaneQueue();
  #lane: WebSocket | undefined;
  #laneDeadline: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout;
  #state: 'new' | 'greeting' | 'live' | 'closed' = 'new';
  #unanswered = 0;
  readonly #pongs: Questions<void>;
  readonly #listings: Questions<ListAnswer>;
  readonly #scans: TreeScans;
  /** Which life of the agent's process this is; known after hello. */
  instance = '';

  constructor(
    control: WebSocket,
    opener: { readonly agent: { readonly id: number; readonly name: string }; readonly token: { readonly id: number } },
    address: string,
    heartbeatMs: number,
    listener: AgentSessionListener,
  ) {
    this.#control = control;
    this.agent = { id: opener.agent.id, name: opener.agent.name };
    this.tokenId = opener.token.id;
    this.address = address;
    this.#heartbeatMs = heartbeatMs;
    this.#pongs = new Questions(this.agent.name);
    this.#listings = new Questions(this.agent.name);
    this.#scans = new TreeScans(this.agent.name, (message) => this.sendMessage(message));
    this.#listener = listener;
    this.#timer = setTimeout(() => this.close('no hello came'), HELLO_TIMEOUT_MS);
    control.on('message', (data, isBinary) => this.#onControl(data, isBinary));
    control.on('close', () => this.close('the agent closed the connection'));
    control.on('error', (error) => this.close(error.message));
  }

  /** Bytes of frames that wait for the agent to take them. */
  get waitingBytes(): number {
    return this.#outgoing.waitingBytes;
  }

  /** The agent whose frames are the most of what waits for this one. */
  get heaviestSender(): number | undefined {
    return this.#outgoing.heaviestSender;
  }

  get hasGreeted(): boolean {
    return this.#state !== 'new';
  }

  get isLive(): boolean {
    return this.#state === 'live';
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  sendMessage(message: HubMessage): void {
    if (this.#control.readyState !== WebSocket.OPEN) return;
    this.#control.send(JSON.stringify(message));
    if (message.type === 'receive' || message.type === 'send') this.#expectLane();
    if (message.type === 'cancel') this.#dropAttempts(message.transfers);
    if (this.#control.bufferedAmount > MAX_UNREAD_BYTES) this.close('the agent does not read what the hub says');
  }

  sendFrame(frame: OutgoingFrame): void {
    if (this.#state !== 'closed') this.#outgoing.put(frame);
  }

  /** Takes back the frames of an agent that has gone, as far as they still wait: it sends them again. */
  dropFramesFrom(agentId: number): void {
    this.#outgoing.drop(({ from }) => from === agentId);
  }

  /** The session lives: heartbeats begin. */
  welcome(protocolVersion: number): void {
    if (this.#state === 'closed') return;
    this.#state = 'live';
    clearTimeout(this.#timer);
    const { id, agent } = this;
    this.sendMessage({ type: 'welcome', session: id, protocolVersion, agent, heartbeatMs: this.#heartbeatMs });
    this.#timer = setInterval(() => this.#beat(), this.#heartbeatMs);
  }

  /** @throws FerryError CONFLICT when the session has its lane already, or is over. */
  assertTakesLane(): void {
    if (this.#lane !== undefined || this.#state === 'closed') {
      throw new FerryError('CONFLICT', 'This session has a lane already.');
    }
  }

  /** Takes the connection that carries this session's frames. Throws like `assertTakesLane`. */
  attachLane(lane: WebSocket): void {
    this.assertTakesLane();
    this.#lane = lane;
    clearTimeout(this.#laneDeadline);
    lane.on('message', (data, isBinary) => this.#onLane(data, isBinary));
    lane.on('close', () => this.close('the lane was closed'));
    lane.on('error', (error) => this.close(`lane: ${error.message}`));
    this.#outgoing.open(lane);
  }

  /** Whether the agent answers a ping within the given time: tells a live session from a half-open one. */
  async answersPing(timeoutMs: number): Promise<boolean> {
    if (this.#state === 'closed') return false;
    return this.ping(timeoutMs).then(
      () => true,
      () => false,
    );
  }

  /** Waits for the answer to a ping. @throws FerryError TIMEOUT, AGENT_OFFLINE. */
  ping(timeoutMs: number): Promise<void> {
    return this.#pongs.ask((id) => this.sendMessage({ type: 'ping', nonce: String(id) }), timeoutMs);
  }

  /** Asks what is in a directory. @throws FerryError what the agent answers; TIMEOUT, AGENT_OFFLINE. */
  async list(question: Omit<ListQuestion, 'type' | 'request'>, timeoutMs: number): Promise<Listing> {
    const ask = (request: number): void => this.sendMessage({ type: 'list', request, ...question });
    const answer = await this.#listings.ask(ask, timeoutMs);
    if (answer.type === 'listing') return answer;
    throw answeredFailure(this.agent.name, answer);
  }

  /** Has the agent look at a tree. See `TreeScanner.scan`. */
  scan(question: ScanQuestion, signal: AbortSignal): AsyncGenerator<ScannedPage> {
    return this.#scans.scan(question, signal);
  }

  /** Tells the agent why the hub does not go on with it, then ends the session. */
  refuse(error: FerryError): void {
    if (this.#state === 'closed') return;
    this.#listener.refused(this, error);
    this.sendMessage({ type: 'refused', code: error.code, message: error.message });
    this.close(error.message);
  }

  /** Ends the session; may be called twice. */
  close(reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearInterval(this.#timer);
    clearTimeout(this.#laneDeadline);
    this.#outgoing.close();
    this.#pongs.end();
    this.#listings.end();
    this.#scans.end();
    this.#control.close(1000, closeReason(reason));
    this.#lane?.terminate();
    // A peer that is gone answers no closing handshake.
    setTimeout(() => this.#control.terminate(), 1_000).unref();
    this.#listener.closed(this, reason);
  }

  #beat(): void {
    if (this.#unanswered >= MISSED_HEARTBEATS) {
      this.close(`${MISSED_HEARTBEATS} heartbeats went unanswered`);
      return;
    }
    this.#unanswered += 1;
    this.sendMessage({ type: 'ping', nonce: '' });
  }

  #expectLane(): void {
    if (this.#lane !== undefined || this.#laneDeadline !== undefined) return;
    const late = `The agent was asked to receive or to send, and opened no lane within ${LANE_TIMEOUT_MS / 1_000} s.`;
    this.#laneDeadline = setTimeout(() => this.refuse(new FerryError('TIMEOUT', late)), LANE_TIMEOUT_MS);
  }

  /** Both ends forget a cancelled attempt: what waits of it is wanted by nobody. */
  #dropAttempts(refs: readonly TransferRef[]): void {
    const cancelled = new Set(refs.map(keyOf));
    this.#outgoing.drop(({ ref }) => cancelled.has(keyOf(ref)));
  }

  #onControl(data: RawData, isBinary: boolean): void {
    const startedAt = performance.now();
    this.#hear(data, isBinary);
    const tookMs = performance.now() - startedAt;
    if (tookMs > SLOW_MESSAGE_MS) this.#rest(tookMs * RESTS_PER_SLOW_MESSAGE);
  }

  /** Hears nothing from the agent for a while. */
  #rest(ms: number): void {
    this.#control.pause();
    setTimeout(() => this.#control.resume(), ms).unref();
  }

  #hear(data: RawData, isBinary: boolean): void {
    this.#guarded(() => {
      if (isBinary) throw new FerryError('PROTOCOL', 'Control messages are text.');
      const message = parseAgentMessage(data.toString());
      if (message === undefined || this.#state === 'closed') return;
      this.#unanswered = 0;
      if (message.type === 'pong') this.#pongs.answered(Number(message.nonce));
      else if (message.type === 'hello') this.#greet(message);
      else if (this.#state !== 'live') {
        throw new FerryError('PROTOCOL', `The first message is hello, not ${message.type}.`);
      } else if (message.type === 'listing' || message.type === 'listFailed') {
        this.#listings.answered(message.request, message);
      } else if ((message.type === 'entries' || message.type === 'runFailed') && this.#scans.heard(message)) {
        return;
      } else {
        this.#listener.message(this, message);
      }
    });
  }

  #greet(message: Hello): void {
    if (this.#state !== 'new') throw new FerryError('PROTOCOL', 'A session has one hello.');
    this.#state = 'greeting';
    this.instance = message.instance;
    this.#listener.hello(this, message).catch((thrown: unknown) => this.refuse(FerryError.from(thrown)));
  }

  #onLane(data: RawData, isBinary: boolean): void {
    this.#guarded(() => {
      if (this.#state === 'closed') return;
      if (!isBinary || !Buffer.isBuffer(data)) throw new FerryError('PROTOCOL', 'A lane carries binary messages.');
      this.#unanswered = 0;
      this.#listener.laneMessage(this, data);
    });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.refuse(FerryError.from(thrown));
    }
  }
}

/** RFC 6455 section 5.5: the reason of a close frame has at most 123 bytes. The full text goes before it, in `refused`. */
function closeReason(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= 123
    ? reason
    : `${bytes
        .subarray(0, 118)
        .toString()
        .replace(/\uFFFD$/, '')}...`;
}
