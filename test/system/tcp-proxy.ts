import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on loopback whose connections can be cut, and which counts what it carried. */
export class TcpProxy {
  readonly port: number;
  readonly #server: ReturnType<typeof createServer>;
  readonly #pairs: Set<readonly [Socket, Socket]>;
  readonly #watchers: Set<{ readonly bytes: number; readonly reached: () => void }>;
  #carriedBytes = 0;

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.#server = server;
    this.port = port;
    this.#pairs = new Set();
    this.#watchers = new Set();
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const proxy = new TcpProxy(server, address.port);
    server.on('connection', (client) => proxy.#join(client, connect(targetPort, '127.0.0.1')));
    return proxy;
  }

  /** What has passed towards the target until now. */
  get carriedBytes(): number {
    return this.#carriedBytes;
  }

  /** Resolves when so many more bytes have passed towards the target. */
  async carried(bytes: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.add({ bytes: this.#carriedBytes + bytes, reached: resolve });
    await promise;
  }

  /** Breaks every connection, as a network does: without a farewell. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, target: Socket): void {
    const pair = [client, target] as const;
    this.#pairs.add(pair);
    // What is sent to a target that refuses is not carried.
    target.once('connect', () => {
      client.on('data', (data) => this.#count(data.length));
      client.pipe(target);
      target.pipe(client);
    });
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
  }

  #count(bytes: number): void {
    this.#carriedBytes += bytes;
    for (const watcher of this.#watchers) {
      if (this.#carriedBytes < watcher.bytes) continue;
      this.#watchers.delete(watcher);
      watcher.reached();
    }
  }
}
