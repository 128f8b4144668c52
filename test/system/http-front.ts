import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

export interface HttpFrontSettings {
  /** The port of the hub on loopback. */
  readonly target: number;
  /** What becomes of a request for a WebSocket: refused, made a plain request, or accepted and then met with silence. Let through when absent. */
  readonly upgrades?: 'refuse' | 'strip' | 'silent';
  /** How much later its answers say that it is than the hub's do. */
  readonly dateShiftMs?: number;
  /** Answers in the hub's place; whatever it gives no status for goes to the hub. */
  readonly answers?: (request: IncomingMessage) => { readonly status: number; readonly code: string } | undefined;
}

/** The GUID of RFC 6455, 1.3. */
const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A reverse proxy on loopback that stands before a hub, and does to what passes what such ones do. */
export class HttpFront implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #settings: HttpFrontSettings;

  private constructor(settings: HttpFrontSettings) {
    this.#settings = settings;
    this.#server = createServer((incoming, response) => this.#pass(incoming, response));
    this.#server.on('upgrade', (incoming, socket, head) => this.#upgrade(incoming, socket, head));
  }

  static async start(settings: HttpFrontSettings): Promise<HttpFront> {
    const front = new HttpFront(settings);
    await once(front.#server.listen(0, '127.0.0.1'), 'listening');
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(incoming: IncomingMessage, response: ServerResponse): void {
    const { target: port, dateShiftMs = 0, answers } = this.#settings;
    const own = answers?.(incoming);
    if (own !== undefined) {
      response.writeHead(own.status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(own));
      return;
    }
    const { method, url: path, headers } = incoming;
    const asking = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      const date = new Date(Date.parse(answer.headers.date ?? '') + dateShiftMs).toUTCString();
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, date });
      answer.pipe(response);
    });
    asking.on('error', () => response.destroy());
    incoming.pipe(asking);
  }

  #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#keep(socket);
    const { upgrades, target } = this.#settings;
    if (upgrades === 'refuse') socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    else if (upgrades === 'silent') socket.write(accepting(incoming));
    else {
      const hub = this.#keep(connect(target, '127.0.0.1'));
      const dropped = upgrades === 'strip' ? /^(upgrade|connection|sec-websocket-.*)$/i : /^$/;
      hub.write(asReceived(incoming, dropped));
      hub.write(head);
      socket.pipe(hub).pipe(socket);
    }
  }

  #keep<Kept extends Duplex>(socket: Kept): Kept {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

function accepting({ headers }: IncomingMessage): string {
  const key = createHash('sha1').update(`${headers['sec-websocket-key']}${ACCEPT}`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`;
}

/** The head of a request, without the headers whose names match. */
function asReceived({ method, url, rawHeaders }: IncomingMessage, dropped: RegExp): string {
  const lines = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 && !dropped.test(name) ? [`${name}: ${rawHeaders[at + 1]}`] : [],
  );
  return [`${method} ${url} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}
