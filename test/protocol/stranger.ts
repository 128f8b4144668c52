import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import WebSocket from 'ws';
import { decodeFrames, type Frame } from './frame.ts';
import { Inbox } from './inbox.ts';
import type { HubMessages, HubMessageType } from './messages.ts';

export interface AllowedRoot {
  readonly path: string;
  readonly access: 'ro' | 'rw';
}

/** Never looked at: whoever needs a real one says so. */
const SOME_ROOTS: readonly AllowedRoot[] = [{ path: '/srv', access: 'ro' }];

/** An agent that somebody wrote from PROTOCOL.md: it says and hears what a test wants, and nothing by itself but `pong`. */
export class Stranger {
  /** Off, it lets pings go unanswered, like a process that hangs; they can be heard like other messages. */
  answersPings = true;
  /** What `welcome` said; set by `introduce`. */
  welcome: HubMessages['welcome'] | undefined;
  /** Resolves when the control connection is closed, to the code of the close frame (1006 when there was none). */
  readonly ended: Promise<number>;
  readonly #hubUrl: URL;
  readonly #token: string;
  readonly #control: WebSocket;
  readonly #messages = new Inbox<{ readonly type: string }>();
  readonly #frames = new Inbox<Frame>();
  #lane: WebSocket | undefined;

  private constructor(hubUrl: URL, token: string, control: WebSocket) {
    this.#hubUrl = hubUrl;
    this.#token = token;
    this.#control = control;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.ended = promise;
    control.on('message', (data) => this.#onMessage(JSON.parse(data.toString())));
    control.on('error', () => undefined);
    control.on('close', (code) => {
      this.#messages.end('The session has ended');
      this.#frames.end('The session has ended');
      this.#lane?.terminate();
      resolve(code);
    });
  }

  /** Opens the control connection and says nothing yet. */
  static async dial(hubUrl: URL, token: string, headers: Readonly<Record<string, string>> = {}): Promise<Stranger> {
    const control = webSocket(new URL('/ws/agent', hubUrl), token, headers);
    const stranger = new Stranger(hubUrl, token, control);
    await once(control, 'open');
    return stranger;
  }

  /** Dials, says hello, is welcomed, and opens its lane. */
  static async connect(
    hubUrl: URL,
    token: string,
    roots: readonly AllowedRoot[] = SOME_ROOTS,
    instance: string = randomUUID(),
  ): Promise<Stranger> {
    const stranger = await Stranger.dial(hubUrl, token);
    stranger.say(hello({ roots, instance }));
    stranger.welcome = await stranger.hear('welcome');
    await stranger.openLane(stranger.welcome.session);
    return stranger;
  }

  /** Says a message; a string goes out as it is. */
  say(message: object | string): void {
    this.#control.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  sayBinary(bytes: Buffer): void {
    this.#control.send(bytes);
  }

  /** The next message of a type; others stay for later. */
  async hear<T extends HubMessageType>(type: T): Promise<HubMessages[T]> {
    const message = await this.#messages.take(type, (each) => each.type === type);
    return message as { readonly type: string } & HubMessages[T];
  }

  async openLane(session: string): Promise<void> {
    const lane = webSocket(new URL(`/ws/lane?session=${session}`, this.#hubUrl), this.#token);
    this.#lane = lane;
    lane.on('error', () => undefined);
    lane.on('close', () => this.#frames.end('The lane is closed'));
    lane.on('message', (data) => {
      if (!Buffer.isBuffer(data)) throw new Error('A lane message in pieces.');
      for (const frame of decodeFrames(data)) this.#frames.put(frame);
    });
    await once(lane, 'open');
  }

  /** Sends one lane message made of these frames. */
  sendFrames(...frames: readonly Buffer[]): void {
    this.#lane?.send(Buffer.concat(frames));
  }

  sendTextOnLane(text: string): void {
    this.#lane?.send(text);
  }

  /** From now on it reads nothing from its lane, like a machine that hangs; on the control connection it goes on. */
  stopReadingLane(): void {
    this.#lane?.pause();
  }

  readLaneAgain(): void {
    this.#lane?.resume();
  }

  hearFrame(): Promise<Frame> {
    return this.#frames.take('frame', () => true);
  }

  async hearFrames(count: number): Promise<readonly Frame[]> {
    const frames: Frame[] = [];
    while (frames.length < count) frames.push(await this.hearFrame());
    return frames;
  }

  /** Frames that came and were not asked for yet. */
  get unheardFrames(): number {
    return this.#frames.size;
  }

  closeLane(): void {
    this.#lane?.close();
  }

  /** Breaks off, without a farewell. */
  async leave(): Promise<void> {
    this.#control.terminate();
    this.#lane?.terminate();
    await this.ended;
  }

  #onMessage(message: { readonly type: string; readonly nonce?: string }): void {
    if (message.type === 'ping' && this.answersPings) this.say({ type: 'pong', nonce: message.nonce });
    else this.#messages.put(message);
  }
}

export function hello(fields: object = {}): object {
  return {
    type: 'hello',
    protocolVersions: [1],
    agentVersion: '7.0.0-stranger',
    host: 'elsewhere',
    os: 'plan9',
    arch: 'mips',
    instance: randomUUID(),
    roots: SOME_ROOTS,
    holds: [],
    ...fields,
  };
}

/** Asks for a WebSocket that is refused, and says how. */
export async function knock(
  hubUrl: URL,
  path: string,
  headers: Record<string, string>,
): Promise<{ readonly status: number; readonly code: string; readonly detail: string }> {
  const socket = new WebSocket(new URL(path, hubUrl), { headers, perMessageDeflate: false });
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; code: string; detail: string }>();
  socket.on('error', () => undefined);
  socket.on('open', () => reject(new Error('It was let in.')));
  socket.on('unexpected-response', async (_request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece);
    const body = JSON.parse(Buffer.concat(pieces).toString());
    resolve({ status: response.statusCode ?? 0, code: body.code, detail: body.detail });
  });
  return promise;
}

function webSocket(url: URL, token: string, headers: Readonly<Record<string, string>> = {}): WebSocket {
  const own = { ...headers, authorization: `Bearer ${token}` };
  return new WebSocket(url, { headers: own, perMessageDeflate: false });
}
