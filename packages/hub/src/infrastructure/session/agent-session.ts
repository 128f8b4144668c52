import { randomUUID } from 'node:crypto';
import { type AgentMessage, FerryError, type Hello, type HubMessage, keyOf, type TransferRef } from '@ferryline/engine';
import type { TransportMode } from '../../domain/agent/agent.ts';
import type { OutgoingFrame } from '../dispatch/agent-links.ts';
import type { ScannedPage, ScanQuestion } from '../dispatch/tree-scanner.ts';
import type { WorkMessage } from '../engine/state/events.ts';
import { answeredFailure } from './answered-failure.ts';
import type { ControlLine, Ending } from './control-line.ts';
import type { Lane, LaneMessage } from './lane.ts';
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
/** What agents may say beyond what the first hubs heard. */
const HEARS: readonly AgentMessage['type'][] = ['waiting'];

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

/** One connected life of an agent at the hub: its control line, its lane, its heartbeat, whatever transport carries them. */
export class AgentSession {
  readonly id = randomUUID();
  readonly agent: { readonly id: number; readonly name: string };
  /** The token that opened it. */
  readonly tokenId: number;
  /** Where the agent connected from. */
  readonly address: string;
  readonly #listener: AgentSessionListener;
  readonly #heartbeatMs: number;
  readonly #outgoing = new LaneQueue();
  #control: ControlLine;
  #lane: Lane | undefined;
  #laneDeadline: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout;
  #state: 'new' | 'greeting' | 'live' | 'closed' = 'new';
  #unanswered = 0;
  readonly #ended = Promise.withResolvers<void>();
  readonly #pongs: Questions<void>;
  readonly #listings: Questions<ListAnswer>;
  readonly #scans: TreeScans;
  /** Which life of the agent's process this is; known after hello. */
  instance = '';

  constructor(
    control: ControlLine,
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
    this.#listenTo(control);
  }

  /** Resolves when the session is over. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** What its control messages travel on at this moment. */
  get transport(): TransportMode {
    return this.#control.transport;
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
    if (this.#state === 'closed') return;
    this.#control.say(JSON.stringify(message));
    if (message.type === 'receive' || message.type === 'send') this.#expectLane();
    if (message.type === 'cancel') this.#dropAttempts(message.transfers);
    if (this.#control.unreadBytes > MAX_UNREAD_BYTES) this.close('the agent does not read what the hub says');
  }

  sendFrame(frame: OutgoingFrame): void {
    if (this.#state !== 'closed') this.#outgoing.put(frame);
  }

  /** Whether bytes passed on the lane since this was asked last. */
  hasLaneMoved(): boolean {
    return this.#lane?.hasMoved() ?? false;
  }

  /** Takes back the frames of these attempts that the agent's lane has no room for yet. */
  takeBackFrames(refs: readonly TransferRef[]): readonly OutgoingFrame[] {
    const wanted = new Set(refs.map(keyOf));
    return this.#outgoing.takeBack(({ ref }) => wanted.has(keyOf(ref)));
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
    const heartbeatMs = this.#heartbeatMs;
    const welcome: HubMessage = {
      type: 'welcome',
      session: id,
      protocolVersion,
      agent,
      heartbeatMs,
      hears: [...HEARS],
    };
    this.#control.welcome(JSON.stringify(welcome));
    this.#timer = setInterval(() => this.#beat(), this.#heartbeatMs);
  }

  /** @throws FerryError CONFLICT when the session has its lane already, or is over. */
  assertTakesLane(): void {
    if (this.#lane !== undefined || this.#state === 'closed') {
      throw new FerryError('CONFLICT', 'This session has a lane already.');
    }
  }

  /** Takes what carries this session's frames. Throws like `assertTakesLane`. */
  attachLane(lane: Lane): void {
    this.assertTakesLane();
    clearTimeout(this.#laneDeadline);
    this.#useLane(lane);
  }

  /** Goes on with another control line: the one before is heard no more, and what it had not said is said by whoever moves it. */
  moveControl(line: ControlLine): void {
    this.#control = line;
    this.#listenTo(line);
  }

  /** Goes on with another lane. @param unsent what the one before has not brought over, in order */
  moveLane(lane: Lane, unsent: readonly LaneMessage[]): void {
    for (const { bytes, taken } of unsent) lane.send(bytes, taken);
    this.#useLane(lane);
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
    const { code, message } = error;
    this.#end(message, { kind: 'refused', lastWord: { type: 'refused', code, message } });
  }

  /** Ends the session; may be called twice. */
  close(reason: string): void {
    this.#end(reason, { kind: 'over', reason });
  }

  /** Ends the session because the hub stops: the agent is welcome when it is back. May be called twice. */
  hubStops(): void {
    const reason = 'the hub stops';
    this.#end(reason, { kind: 'hubStops', reason });
  }

  #end(reason: string, ending: Ending): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearInterval(this.#timer);
    clearTimeout(this.#laneDeadline);
    this.#outgoing.close();
    this.#pongs.end();
    this.#listings.end();
    this.#scans.end();
    this.#control.end(ending);
    this.#lane?.cut();
    this.#ended.resolve();
    this.#listener.closed(this, reason);
  }

  #listenTo(line: ControlLine): void {
    line.listen({ heard: (read) => this.#hear(line, read), closed: (reason) => this.close(reason) });
  }

  #useLane(lane: Lane): void {
    this.#lane = lane;
    lane.listen({ heard: (read) => this.#hearLane(read), closed: (reason) => this.close(reason) });
    this.#outgoing.open(lane);
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

  #hear(line: ControlLine, read: () => readonly AgentMessage[]): void {
    const startedAt = performance.now();
    this.#guarded(() => {
      for (const message of read()) this.#take(message);
    });
    const tookMs = performance.now() - startedAt;
    if (tookMs > SLOW_MESSAGE_MS) rest(line, tookMs * RESTS_PER_SLOW_MESSAGE);
  }

  #take(message: AgentMessage): void {
    if (this.#state === 'closed') return;
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
  }

  #greet(message: Hello): void {
    if (this.#state !== 'new') throw new FerryError('PROTOCOL', 'A session has one hello.');
    this.#state = 'greeting';
    this.instance = message.instance;
    this.#listener.hello(this, message).catch((thrown: unknown) => this.refuse(FerryError.from(thrown)));
  }

  #hearLane(read: () => Buffer): void {
    this.#guarded(() => {
      if (this.#state === 'closed') return;
      const message = read();
      this.#unanswered = 0;
      this.#listener.laneMessage(this, message);
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

/** Hears nothing from the agent for a while. */
function rest(line: ControlLine, ms: number): void {
  line.pause();
  setTimeout(() => line.resume(), ms).unref();
}
