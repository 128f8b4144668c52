import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import WebSocket from 'ws';
import { decodeFrames, type Frame } from './frame.ts';
import { Inbox } from './inbox.ts';
import type { HubMessages, HubMessageType } from './messages.ts';
import { hello } from './stranger.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Asked {
  readonly body?: Buffer | string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

interface Heard {
  readonly type: string;
  readonly nonce?: string;
}

/**
 * An agent that polls, as somebody wrote it from PROTOCOL.md section 1.4. It asks only when a test has it ask, and answers the pings
 * that it hears meanwhile.
 */
export class PollingStranger {
  /** Of the next answers that are not looked at: the agent never got them. */
  losesAnswers = false;
  session = '';
  /** The number of the last answer to a poll, and of the lane. */
  heard = 0;
  laneHeard = 0;
  /** The number of the last body of messages, and of the lane. */
  said = 0;
  laneSaid = 0;
  readonly #hubUrl: URL;
  readonly #token: string;
  readonly #messages: Heard[] = [];
  readonly #frames: Frame[] = [];

  constructor(hubUrl: URL, token: string) {
    this.#hubUrl = hubUrl;
    this.#token = token;
  }

  /** Says hello and is welcomed. @param fields of the hello */
  static async connect(hubUrl: URL, token: string, fields: object = {}): Promise<PollingStranger> {
    const stranger = new PollingStranger(hubUrl, token);
    const answer = await stranger.greet(fields);
    if (answer.status !== 200) throw new Error(`Not welcome: ${answer.body}`);
    stranger.session = JSON.parse(answer.body.toString()).session;
    return stranger;
  }

  greet(fields: object = {}): Promise<Answer> {
    return this.ask('POST', '/api/agent/session', { body: JSON.stringify(hello(fields)) });
  }

  /** Makes one request. A new connection each time: an agent may come by any. */
  ask(method: string, path: string, { body, type = 'application/json', headers, signal }: Asked = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const asking = request(new URL(path, this.#hubUrl), {
      method,
      agent: false,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
      ...(signal && { signal }),
    });
    asking.on('response', async (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      buffer(response).then((read) => resolve({ status, headers: answered, body: read }), reject);
    });
    asking.on('error', reject);
    asking.end(body);
    return promise;
  }

  poll(after = this.heard, asked: Asked = {}): Promise<Answer> {
    return this.ask('GET', `/api/agent/poll?session=${this.session}&after=${after}`, asked);
  }

  post(seq: number, messages: readonly object[] | string): Promise<Answer> {
    const body = typeof messages === 'string' ? messages : JSON.stringify(messages);
    return this.ask('POST', `/api/agent/messages?session=${this.session}&seq=${seq}`, { body });
  }

  pollLane(after = this.laneHeard): Promise<Answer> {
    return this.ask('GET', `/api/agent/lane?session=${this.session}&after=${after}`);
  }

  postLane(seq: number, ...frames: readonly Buffer[]): Promise<Answer> {
    const body = Buffer.concat(frames);
    return this.ask('POST', `/api/agent/lane?session=${this.session}&seq=${seq}`, {
      body,
      type: 'application/octet-stream',
    });
  }

  /** Says messages in one body; twice, when answers are lost. */
  async say(...messages: readonly object[]): Promise<void> {
    this.said += 1;
    await this.#untilAnswered(() => this.post(this.said, messages));
  }

  async sendFrames(...frames: readonly Buffer[]): Promise<void> {
    this.laneSaid += 1;
    await this.#untilAnswered(() => this.postLane(this.laneSaid, ...frames));
  }

  /** Polls until a message of this type comes; others stay for later. */
  async hear<T extends HubMessageType>(type: T): Promise<HubMessages[T]> {
    for (;;) {
      const at = this.#messages.findIndex((each) => each.type === type);
      if (at !== -1) return this.#messages.splice(at, 1)[0] as unknown as HubMessages[T];
      await this.#pollOnce();
    }
  }

  /** Asks for frames until so many came. */
  async hearFrames(count: number): Promise<readonly Frame[]> {
    while (this.#frames.length < count) {
      const { status, headers, body } = await this.#twiceWhenLost(() => this.pollLane());
      if (status === 204) continue;
      if (Number(headers['ferry-seq']) !== this.laneHeard + 1) throw new Error(`Number ${headers['ferry-seq']}?`);
      this.laneHeard += 1;
      this.#frames.push(...decodeFrames(body));
    }
    return this.#frames.splice(0, count);
  }

  /** Frames that came with those that were asked for. */
  unheardFrames(): readonly Frame[] {
    return this.#frames.splice(0);
  }

  leave(): Promise<Answer> {
    return this.ask('DELETE', `/api/agent/session?session=${this.session}`);
  }

  /** Goes on by WebSocket with what the hub says. */
  async goOver(after = this.heard): Promise<WebSocketEnd> {
    return WebSocketEnd.open(this.#socket(`/ws/agent?session=${this.session}&after=${after}`));
  }

  async goOverWithLane(after = this.laneHeard): Promise<WebSocketEnd> {
    return WebSocketEnd.open(this.#socket(`/ws/lane?session=${this.session}&after=${after}`));
  }

  async #pollOnce(): Promise<void> {
    const { status, body } = await this.#twiceWhenLost(() => this.poll());
    if (status === 204) return;
    if (status !== 200) throw new Error(`Polling was answered with ${status}: ${body}`);
    const { seq, messages } = JSON.parse(body.toString()) as { seq: number; messages: readonly Heard[] };
    if (seq !== this.heard + 1) throw new Error(`Number ${seq} came after ${this.heard}.`);
    this.heard = seq;
    const pings = messages.filter(({ type }) => type === 'ping');
    this.#messages.push(...messages.filter(({ type }) => type !== 'ping'));
    if (pings.length > 0) await this.say(...pings.map(({ nonce }) => ({ type: 'pong', nonce })));
  }

  /** The second answer to a request, which is to be the same as the first. */
  async #twiceWhenLost(ask: () => Promise<Answer>): Promise<Answer> {
    const first = await ask();
    if (!this.losesAnswers) return first;
    const second = await ask();
    if (first.status === 200 && !first.body.equals(second.body)) throw new Error('It was answered in another way.');
    return second;
  }

  async #untilAnswered(ask: () => Promise<Answer>): Promise<void> {
    const answer = await this.#twiceWhenLost(ask);
    if (answer.status !== 204) throw new Error(`Answered with ${answer.status}: ${answer.body}`);
  }

  #socket(path: string): WebSocket {
    const headers = { authorization: `Bearer ${this.#token}` };
    return new WebSocket(new URL(path, this.#hubUrl), { headers, perMessageDeflate: false });
  }
}

/** A WebSocket on which a session that polled goes on. */
export class WebSocketEnd {
  readonly #socket: WebSocket;
  readonly #messages = new Inbox<Buffer>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#messages.put(data as Buffer));
    socket.on('close', () => this.#messages.end('The connection is closed'));
    socket.on('error', () => undefined);
  }

  static async open(socket: WebSocket): Promise<WebSocketEnd> {
    const end = new WebSocketEnd(socket);
    await once(socket, 'open');
    return end;
  }

  say(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  sendFrames(...frames: readonly Buffer[]): void {
    this.#socket.send(Buffer.concat(frames));
  }

  /** The next message, whatever it is. */
  async hear(): Promise<Record<string, unknown> & { readonly type: string }> {
    return JSON.parse((await this.#messages.take('message', () => true)).toString());
  }

  async hearFrames(): Promise<readonly Frame[]> {
    return decodeFrames(await this.#messages.take('lane message', () => true));
  }

  /** Breaks off. */
  close(): void {
    this.#socket.terminate();
  }
}

/** What a problem document says. */
export function problem({ status, headers, body }: Answer): { readonly status: number; readonly code: string } {
  if (headers['content-type'] !== 'application/problem+json') throw new Error(`No problem: ${status} ${body}`);
  const { code, detail } = JSON.parse(body.toString());
  return { status, code, detail } as { status: number; code: string };
}
