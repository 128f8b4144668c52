import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** From whoever dials to the hub, or back. */
export type Way = 'toHub' | 'fromHub';

/** What befalls a lane once, at a byte counted from the end of its handshake. */
interface LaneFault {
  readonly kind: 'reset' | 'flip';
  readonly way: Way;
  readonly at: number;
  readonly happened: () => void;
}

/** A connection and its two ends; what is read at one is written at the other, at once or late. */
interface Pair {
  readonly dialler: Socket;
  readonly hub: Socket;
  readonly late: Readonly<Record<Way, DelayLine>>;
}

/**
 * A TCP connection to a hub on loopback that does what bad networks do: it breaks a lane at a chosen byte, flips a bit, takes long,
 * or falls silent without a farewell.
 */
export class FaultyLink {
  /** How long every byte takes, each way. */
  delayMs = 0;
  /** Up to how much longer it takes, drawn at random. */
  jitterMs = 0;
  /** Connections that were made so far. */
  dials = 0;
  readonly #hubPort: number;
  readonly #server = createServer((dialler) => this.#onDial(dialler));
  readonly #pairs = new Set<Pair>();
  readonly #waiting = new Set<Socket>();
  readonly #faults = new Set<LaneFault>();
  readonly #carriedBytes: Record<Way, number> = { toHub: 0, fromHub: 0 };
  readonly #marks = new Set<{ readonly way: Way; readonly at: number; readonly reached: () => void }>();
  #isSilent = false;
  #heldWay: Way | undefined;
  readonly #held: (() => void)[] = [];

  private constructor(hubPort: number) {
    this.#hubPort = hubPort;
  }

  /** @param at - where it listens: a free port of this machine when absent */
  static async start(hubUrl: URL, at = { host: '127.0.0.1', port: 0 }): Promise<FaultyLink> {
    const link = new FaultyLink(Number(hubUrl.port));
    await once(link.#server.listen(at), 'listening');
    return link;
  }

  get url(): URL {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new URL(`http://127.0.0.1:${address.port}`);
  }

  /** The most bytes that were on their way at a time, this way on one connection, while `delayMs` kept them. */
  readonly mostUnderWay: Record<Way, number> = { toHub: 0, fromHub: 0 };

  /** Connections that are open now. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Resets the next lane that carries so many bytes; they get through, and no further one. Resolves when it has happened. */
  resetLane(way: Way, at: number): Promise<void> {
    return this.#expect('reset', way, at);
  }

  /** Flips a bit of that byte of the next lane that carries so many. Resolves when it has happened. */
  flipOnLane(way: Way, at: number): Promise<void> {
    return this.#expect('flip', way, at);
  }

  /** Resolves when lanes have carried so many more bytes this way. */
  carried(way: Way, bytes: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#marks.add({ way, at: this.#carriedBytes[way] + bytes, reached: resolve });
    return promise;
  }

  /** Breaks every connection. */
  cut(): void {
    for (const { dialler, hub } of this.#pairs) for (const socket of [dialler, hub]) socket.resetAndDestroy();
  }

  /** Keeps back what comes on lanes this way, until it is released. */
  holdLanes(way: Way): void {
    this.#heldWay = way;
  }

  /** Lets go of what was kept back. */
  release(): void {
    this.#heldWay = undefined;
    for (const carry of this.#held.splice(0)) carry();
  }

  /** From now on nothing gets through, either way, and nobody is told: the connections that there are never come back. */
  fallSilent(): void {
    this.#isSilent = true;
    for (const { dialler, hub } of this.#pairs) for (const socket of [dialler, hub]) socket.pause();
  }

  /** Whatever fell silent goes on where it was, as when a cable is plugged in again in time. */
  goOn(): void {
    this.comeBack();
    for (const { dialler, hub } of this.#pairs) for (const socket of [dialler, hub]) socket.resume();
  }

  /** Carries new connections again, also those that were tried meanwhile. */
  comeBack(): void {
    this.#isSilent = false;
    for (const dialler of this.#waiting) this.#join(dialler);
    this.#waiting.clear();
  }

  async close(): Promise<void> {
    this.cut();
    for (const dialler of this.#waiting) dialler.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #expect(kind: LaneFault['kind'], way: Way, at: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#faults.add({ kind, way, at, happened: resolve });
    return promise;
  }

  #onDial(dialler: Socket): void {
    this.dials += 1;
    dialler.on('error', () => undefined);
    if (!this.#isSilent) {
      this.#join(dialler);
      return;
    }
    this.#waiting.add(dialler);
    dialler.once('close', () => this.#waiting.delete(dialler));
  }

  #join(dialler: Socket): void {
    const hub = connect(this.#hubPort, '127.0.0.1');
    const late = { toHub: new DelayLine(hub), fromHub: new DelayLine(dialler) };
    const pair: Pair = { dialler, hub, late };
    this.#pairs.add(pair);
    const lane = new LaneCount();
    dialler.on('data', (data: Buffer) => this.#carry(pair, 'toHub', data, lane.placeOf('toHub', data)));
    pair.hub.on('data', (data: Buffer) => this.#carry(pair, 'fromHub', data, lane.placeOf('fromHub', data)));
    for (const socket of [dialler, pair.hub]) {
      socket.on('error', () => undefined);
      socket.on('drain', () => !this.#isSilent && (socket === dialler ? pair.hub : dialler).resume());
      socket.on('close', () => {
        this.#pairs.delete(pair);
        for (const each of [dialler, pair.hub]) each.destroy();
      });
    }
  }

  /** @param from - which byte of the lane the first one is; undefined for what is no lane, or its handshake */
  #carry(pair: Pair, way: Way, data: Buffer, from: number | undefined): void {
    const [source, target] = way === 'toHub' ? [pair.dialler, pair.hub] : [pair.hub, pair.dialler];
    if (from !== undefined && this.#heldWay === way) {
      source.pause();
      this.#held.push(() => {
        this.#carry(pair, way, data, from);
        source.resume();
      });
      return;
    }
    for (const fault of this.#faults) {
      const place = fault.at - (from ?? Number.POSITIVE_INFINITY);
      if (fault.way !== way || place < 0 || place >= data.length) continue;
      this.#faults.delete(fault);
      if (fault.kind === 'flip') {
        data.writeUInt8(data.readUInt8(place) ^ 0x10, place);
        fault.happened();
        continue;
      }
      source.resetAndDestroy();
      // Not a reset here: that would throw away what the hub has not read yet, and the break would be somewhere before.
      target.end(data.subarray(0, place));
      fault.happened();
      return;
    }
    if (from !== undefined) this.#count(way, data.length);
    if (this.delayMs > 0) {
      const underWay = pair.late[way].put(data, this.delayMs + Math.random() * this.jitterMs);
      this.mostUnderWay[way] = Math.max(this.mostUnderWay[way], underWay);
    } else if (!target.write(data)) source.pause();
  }

  #count(way: Way, bytes: number): void {
    this.#carriedBytes[way] += bytes;
    for (const mark of this.#marks) {
      if (mark.way !== way || this.#carriedBytes[way] < mark.at) continue;
      this.#marks.delete(mark);
      mark.reached();
    }
  }
}

/** Writes what it is given after a while, in the order in which it came. */
class DelayLine {
  readonly #target: Socket;
  readonly #waiting: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
  #lastDueMs = 0;
  #waitingBytes = 0;

  constructor(target: Socket) {
    this.#target = target;
  }

  /** Returns how many bytes wait now. */
  put(bytes: Buffer, delayMs: number): number {
    this.#lastDueMs = Math.max(this.#lastDueMs, performance.now() + delayMs);
    this.#waiting.push({ bytes, dueMs: this.#lastDueMs });
    if (this.#waiting.length === 1) this.#wait(delayMs);
    this.#waitingBytes += bytes.length;
    return this.#waitingBytes;
  }

  #wait(ms: number): void {
    setTimeout(() => this.#write(), ms).unref();
  }

  #write(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#target.destroyed) return;
    const earlyMs = first.dueMs - performance.now();
    if (earlyMs > 0) {
      this.#wait(earlyMs);
      return;
    }
    this.#waiting.shift();
    this.#waitingBytes -= first.bytes.length;
    this.#target.write(first.bytes);
    this.#write();
  }
}

/** Counts the bytes of a connection, if it turns out to be a lane, from the end of its handshake. */
class LaneCount {
  readonly #carried: Record<Way, number | undefined> = { toHub: undefined, fromHub: undefined };
  #isLane: boolean | undefined;

  /** The place on the lane of a piece's first byte, below zero in a piece with the handshake; undefined for what is no lane. */
  placeOf(way: Way, data: Buffer): number | undefined {
    this.#isLane ??= data.toString('latin1', 0, 12) === 'GET /ws/lane';
    if (!this.#isLane) return undefined;
    const from = this.#carried[way] ?? -(data.indexOf('\r\n\r\n') + 4);
    this.#carried[way] = from + data.length;
    return from;
  }
}
