import { randomUUID } from 'node:crypto';
import {
  type AgentMessage,
  FerryError,
  FrameOutlet,
  type Hello,
  type HubMessage,
  parseAgentMessage,
} from '@ferryline/engine';
import WebSocket, { type RawData } from 'ws';
import type { ScannedPage, ScanQuestion } from '../dispatch/tree-scanner.ts';
import type { WorkMessage } from '../engine/state/events.ts';
import { Questions } from './questions.ts';
import { TreeScans } from './tree-scans.ts';

/** An agent that connects says hello within this time, or is cut off. */
const HELLO_TIMEOUT_MS = 10_000;
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
  readonly #outlet: FrameOutlet;
  readonly #beforeLaneOpens: Buffer[] = [];
  #lane: WebSocket | undefined;
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
    this.#outlet = new FrameOutlet((message) => this.#sendOnLane(message), setImmediate);
    this.#timer = setTimeout(() => this.close('no hello came'), HELLO_TIMEOUT_MS);
    control.on('message', (data, isBinary) => this.#onControl(data, isBinary));
    control.on('close', () => this.close('the agent closed the connection'));
    control.on('error', (error) => this.close(error.message));
  }

  /** Bytes of frames that wait for the agent to take them. */
  get waitingBytes(): number {
    const early = this.#beforeLaneOpens.reduce((sum, { length }) => sum + length, 0);
    return early + (this.#lane?.bufferedAmount ?? 0);
  }

  sendMessage(message: HubMessage): void {
    if (this.#control.readyState === WebSocket.OPEN) this.#control.send(JSON.stringify(message));
  }

  sendFrame(frame: Buffer): void {
    this.#outlet.put(frame);
  }

  /** The session lives: heartbeats begin. */
  welcome(protocolVersion: number): void {
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
    lane.on('message', (data, isBinary) => this.#onLane(data, isBinary));
    lane.on('close', () => this.close('the lane was closed'));
    lane.on('error', (error) => this.close(`lane: ${error.message}`));
    for (const message of this.#beforeLaneOpens.splice(0)) this.#sendOnLane(message);
  }

  /** Whether the agent answers a ping within the given time: tells a live session from a half-open one. */
  async answersPing(timeoutMs: number): Promise<boolean> {
    if (this.#state !== 'live') return false;
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
    throw new FerryError(answer.code, answer.message);
  }

  /** Has the agent look at a tree. See `TreeScanner.scan`. */
  scan(question: ScanQuestion, signal: AbortSignal): AsyncGenerator<ScannedPage> {
    return this.#scans.scan(question, signal);
  }

  /** Tells the agent why the hub does not go on with it, then ends the session. */
  refuse(error: FerryError): void {
    this.sendMessage({ type: 'refused', code: error.code, message: error.message });
    this.close(error.message);
  }

  /** Ends the session; may be called twice. */
  close(reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearInterval(this.#timer);
    this.#beforeLaneOpens.length = 0;
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

  #sendOnLane(message: Buffer): void {
    if (this.#state === 'closed') return;
    if (this.#lane === undefined) this.#beforeLaneOpens.push(message);
    else this.#lane.send(message, () => undefined);
  }

  #onControl(data: RawData, isBinary: boolean): void {
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
