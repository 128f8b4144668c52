import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ConnectProxySettings {
  /** Where it really connects, by what it is asked for; what is not listed it does not reach. */
  readonly routes: Readonly<Record<string, number>>;
  /** The one value of Proxy-Authorization that it takes; without it everybody may pass. */
  readonly authorization?: string;
}

/** An HTTP proxy on loopback that connects those who ask with CONNECT, and keeps what they ask. */
export class ConnectProxy implements AsyncDisposable {
  /** What was asked for, as `host:port`, in order. */
  readonly asked: string[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start({ routes, authorization }: ConnectProxySettings): Promise<ConnectProxy> {
    const server = createServer((_request, response) => response.writeHead(405).end());
    const proxy = new ConnectProxy(server);
    server.on('connect', ({ url = '', headers }, client: Duplex, head: Buffer) => {
      proxy.asked.push(url);
      proxy.headers.push(headers);
      const port = routes[url];
      if (authorization !== undefined && headers['proxy-authorization'] !== authorization)
        client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
      else if (port === undefined) client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
      else proxy.#join(client, head, connect(port, '127.0.0.1'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
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

  #join(client: Duplex, head: Buffer, target: Socket): void {
    target.once('connect', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
    target.write(head);
    client.pipe(target);
    target.pipe(client);
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
