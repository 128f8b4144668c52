import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HubMessage } from '@ferryline/engine';

/** An upgrade request that waits for what the hub makes of it. */
export interface AskedUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** A request that waits for its answer. */
export class AskedRequest {
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly response: ServerResponse;

  constructor(request: IncomingMessage, body: Buffer, response: ServerResponse) {
    this.query = new URL(request.url ?? '', 'http://hub').searchParams;
    this.headers = request.headers;
    this.body = body;
    this.response = response;
  }

  answer(status: number, body: string | Buffer = '', headers: Readonly<Record<string, string>> = {}): void {
    this.response.writeHead(status, headers).end(body);
  }

  /** Answers a poll. */
  say(seq: number, ...messages: readonly HubMessage[]): void {
    this.answer(200, JSON.stringify({ seq, messages }), { 'content-type': 'application/json' });
  }

  refuse(status: number, code: string, detail: string): void {
    this.answer(status, JSON.stringify({ status, code, detail }), { 'content-type': 'application/problem+json' });
  }

  /** What came is lost, and no answer comes. */
  cut(): void {
    this.response.destroy();
  }
}

/** A hub that is played by a test: a real HTTP server, whose every answer the test gives. */
export class PlayedHub implements AsyncDisposable {
  readonly #server = createServer();
  readonly #waiting = new Map<string, Mailbox<AskedRequest>>();
  readonly #upgrades = new Mailbox<AskedUpgrade>();
  readonly #upgraded = new Set<Duplex>();

  static async start(): Promise<PlayedHub> {
    const hub = new PlayedHub();
    hub.#server.on('request', async (request, response) => {
      request.on('error', () => undefined);
      const body = await wholeBody(request);
      const kind = `${request.method} ${new URL(request.url ?? '', 'http://hub').pathname}`;
      if (body !== undefined) hub.#mailbox(kind).put(new AskedRequest(request, body, response));
    });
    hub.#server.on('upgrade', (request, socket, head) => {
      hub.#upgraded.add(socket);
      socket.on('error', () => undefined);
      hub.#upgrades.put({ request, socket, head });
    });
    await once(hub.#server.listen(0, '127.0.0.1'), 'listening');
    return hub;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  /** The next request of a kind, as in `GET /api/agent/poll`, when it comes. */
  next(kind: string): Promise<AskedRequest> {
    return this.#mailbox(kind).take();
  }

  /** The next upgrade request, when it comes. */
  nextUpgrade(): Promise<AskedUpgrade> {
    return this.#upgrades.take();
  }

  /** How many requests of a kind have come so far. */
  count(kind: string): number {
    return this.#mailbox(kind).count;
  }

  get upgrades(): number {
    return this.#upgrades.count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#upgraded) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #mailbox(kind: string): Mailbox<AskedRequest> {
    const mailbox = this.#waiting.get(kind) ?? new Mailbox<AskedRequest>();
    this.#waiting.set(kind, mailbox);
    return mailbox;
  }
}

/** What came and was not looked at, and those who wait for more. */
class Mailbox<T> {
  count = 0;
  readonly #items: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];

  put(item: T): void {
    this.count += 1;
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  }

  take(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => this.#takers.push(resolve));
  }
}

/** Undefined when the request ends before its end. */
async function wholeBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  } catch {
    return undefined;
  }
  return Buffer.concat(pieces);
}
