import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** What it does with a WebSocket: lets it pass, answers 403, takes the `Upgrade` header away, or says yes and carries nothing. */
export type WebSocketTreatment = 'pass' | 'refuse' | 'strip' | 'swallow';

/** RFC 6455, 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HOP_BY_HOP = new Set(['connection', 'upgrade', 'keep-alive', 'transfer-encoding']);

/** An HTTP reverse proxy on loopback before a hub, which reads what passes and does what such machines do. */
export class Middlebox implements AsyncDisposable {
  webSockets: WebSocketTreatment = 'pass';
  /** An answer is handed on when it is whole and so much time has passed, at once when 0. */
  delayMs = 0;
  /** Of the answers to agents that poll every n-th is lost after the hub gave it; none when 0. */
  losesEvery = 0;
  /** Answers and pieces of WebSockets that came from the hub, answers that were lost, and connections that were cut for being idle. */
  readonly counts = { fromHub: 0, lost: 0, idle: 0 };
  readonly #hubPort: number;
  readonly #server = createServer();
  readonly #sockets = new Set<Duplex>();
  #answers = 0;
  /** Resolves when the lane's requests to the hub may go on. */
  #laneGate: PromiseWithResolvers<void> | undefined;
  readonly #heldAtGate = Promise.withResolvers<void>();

  private constructor(hubPort: number) {
    this.#hubPort = hubPort;
  }

  static async start(hubUrl: URL): Promise<Middlebox> {
    const box = new Middlebox(Number(hubUrl.port));
    box.#server.on('request', (request, response) => box.#onRequest(request, response));
    box.#server.on('upgrade', (request, socket, head) => box.#onUpgrade(request, socket, head));
    await once(box.#server.listen(0, '127.0.0.1'), 'listening');
    return box;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  /** From now on a connection that carries nothing for so long is cut. */
  cutIdle(idleMs: number): void {
    this.#server.setTimeout(idleMs, (socket) => {
      this.counts.idle += 1;
      socket.destroy();
    });
  }

  /** Keeps back what agents send on lanes by polling; resolves when there is some. */
  holdLanes(): Promise<void> {
    this.#laneGate ??= Promise.withResolvers<void>();
    return this.#heldAtGate.promise;
  }

  /** Lets go of what was kept back. */
  releaseLanes(): void {
    this.#laneGate?.resolve();
    this.#laneGate = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.releaseLanes();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#laneGate !== undefined && request.method === 'POST' && request.url?.startsWith('/api/agent/lane')) {
      this.#heldAtGate.resolve();
      await this.#laneGate.promise;
    }
    const asking = openRequest({
      host: '127.0.0.1',
      port: this.#hubPort,
      method: request.method,
      path: request.url,
      headers: request.headers,
    });
    asking.on('error', () => response.destroy());
    asking.on('response', (answer) => this.#handOn(request, answer, response));
    // Whoever gives up on the client gives up on the hub as well.
    response.on('close', () => asking.destroy());
    request.on('error', () => asking.destroy());
    request.pipe(asking);
  }

  #handOn(request: IncomingMessage, answer: IncomingMessage, response: ServerResponse): void {
    answer.on('error', () => response.destroy());
    const pieces: Buffer[] = [];
    answer.on('data', (piece: Buffer) => pieces.push(piece));
    answer.on('end', () => {
      this.counts.fromHub += 1;
      const isPolling = request.url?.startsWith('/api/agent/') === true;
      if (isPolling) this.#answers += 1;
      if (isPolling && this.losesEvery > 0 && this.#answers % this.losesEvery === 0) {
        this.counts.lost += 1;
        response.destroy();
        return;
      }
      setTimeout(() => {
        response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer)).end(Buffer.concat(pieces));
      }, this.delayMs).unref();
    });
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    switch (this.webSockets) {
      case 'refuse':
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        return;
      case 'swallow': {
        const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${WEBSOCKET_GUID}`);
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
        );
        socket.resume();
        return;
      }
      case 'strip':
        this.#join(request, socket, head, (name) => !HOP_BY_HOP.has(name));
        return;
      case 'pass':
        this.#join(request, socket, head, () => true);
    }
  }

  #join(request: IncomingMessage, socket: Duplex, head: Buffer, keeps: (headerName: string) => boolean): void {
    const hub = connect(this.#hubPort, '127.0.0.1');
    this.#sockets.add(hub);
    hub.on('error', () => undefined);
    hub.on('close', () => {
      this.#sockets.delete(hub);
      socket.destroy();
    });
    socket.on('close', () => hub.destroy());
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      const [name = '', value = ''] = request.rawHeaders.slice(at, at + 2);
      if (keeps(name.toLowerCase())) lines.push(`${name}: ${value}`);
    }
    hub.write(`${lines.join('\r\n')}\r\n\r\n`);
    hub.write(head);
    socket.pipe(hub);
    hub.on('data', (data: Buffer) => {
      this.counts.fromHub += 1;
      setTimeout(() => socket.write(data), this.delayMs).unref();
    });
  }
}

function withoutHopByHop({ headers }: IncomingMessage): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}
