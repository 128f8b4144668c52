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
  /** By connection, in the order in which they came; bounded by `total`. */
  readonly #sockets = new Map<string, Socket>();

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
    this.#sockets.delete(connectionOf(socket));
  }

  #add(socket: Socket): void {
    const connection = connectionOf(socket);
    const address = socket.remoteAddress ?? '';
    this.#sockets.set(connection, socket);
    socket.once('close', () => this.#sockets.delete(connection));
    if (!this.#isProxy(address)) {
      const neighbours = [...this.#sockets].filter(([, each]) => each.remoteAddress === address);
      if (neighbours.length > this.#limits.perAddress) this.#evict(neighbours[0]?.[0]);
    }
    if (this.#sockets.size > this.#limits.total) this.#evict(this.#sockets.keys().next().value);
  }

  #evict(connection: string | undefined): void {
    if (connection === undefined) return;
    const socket = this.#sockets.get(connection);
    this.#sockets.delete(connection);
    socket?.destroy();
  }

  #isProxy(address: string): boolean {
    const plain = address.replace(/^::ffff:/i, '');
    const family = isIP(plain);
    return family !== 0 && this.#proxies.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** What a socket and the TLS socket around it have in common. */
function connectionOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
