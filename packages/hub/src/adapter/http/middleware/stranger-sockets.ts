import type { Server } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';

/** Far more than people and agents behind one address open at a time, and far fewer than the files a process may open. */
export const strangerLimits: StrangerLimits = { perAddress: 256, total: 2_048 };

export interface StrangerLimits {
  readonly perAddress: number;
  readonly total: number;
}

/**
 * Connections of which nobody has shown yet who they are. When there are too many, from one address or in all, the oldest is closed:
 * who only holds connections open loses them, and who is about to sign in comes through (ATTACKS.md A53). How long one may take to
 * ask for something, the server's own deadlines say (`server-limits.ts`).
 */
export class StrangerSockets {
  readonly #limits: StrangerLimits;
  readonly #proxies = new BlockList();
  /** In the order in which they came; bounded by `total`. */
  readonly #sockets = new Map<Socket, string>();

  /** @param trustedProxies addresses and networks that bring many people: of them only the limit in all holds */
  constructor(trustedProxies: readonly string[] = [], limits: StrangerLimits = strangerLimits) {
    this.#limits = limits;
    for (const proxy of trustedProxies) {
      const [address = '', prefix] = proxy.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      this.#proxies.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
    }
  }

  /** Counts every connection that the server takes from now on. */
  watch(server: Server): void {
    server.on('connection', (socket) => this.#add(socket));
  }

  /** Whoever is at the other end has shown who they are. May be called for any socket, and twice. */
  admit(socket: Socket): void {
    this.#sockets.delete(socket);
  }

  #add(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    this.#sockets.set(socket, address);
    socket.once('close', () => this.#sockets.delete(socket));
    if (!this.#isProxy(address)) {
      const neighbours = [...this.#sockets].filter(([, each]) => each === address);
      if (neighbours.length > this.#limits.perAddress) this.#evict(neighbours[0]?.[0]);
    }
    if (this.#sockets.size > this.#limits.total) this.#evict(this.#sockets.keys().next().value);
  }

  #evict(socket: Socket | undefined): void {
    if (socket === undefined) return;
    this.#sockets.delete(socket);
    socket.destroy();
  }

  #isProxy(address: string): boolean {
    const plain = address.replace(/^::ffff:/i, '');
    const family = isIP(plain);
    return family !== 0 && this.#proxies.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  }
}
