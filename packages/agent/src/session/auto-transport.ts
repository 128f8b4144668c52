import type { Logger } from 'pino';
import { takeWayBack } from './auto/way-back.ts';
import { pause } from './pause.ts';
import type { PollingConnection, PollingTransport } from './polling-transport.ts';
import type { Connection, Transport, TransportListener } from './transport.ts';
import type { HubSockets } from './websocket/hub-sockets.ts';
import { WebSocketBlocked } from './websocket/websocket-blocked.ts';
import { WebSocketTransport } from './websocket-transport.ts';

/** PROTOCOL.md, 1.4: when a WebSocket has carried nothing for so long, an agent polls. */
const WEBSOCKET_DEADLINE_MS = 5_000;
/** PROTOCOL.md, 1.4: how often one that polls tries to go back. */
const PROBE_INTERVAL_MS = 5 * 60 * 1000;
/** By so much of it an interval may differ, either way: agents behind one proxy do not try all at once. */
const JITTER = 0.1;

export interface AutoTransportParts {
  readonly sockets: HubSockets;
  readonly polling: PollingTransport;
  /** What people read of the polling that they did not ask for. */
  readonly logger: Logger;
  readonly probeIntervalMs?: number | undefined;
}

/** That WebSockets did not get through. */
interface Blockade {
  readonly why: string;
  /** On the clock of `performance`: until then they are not tried again. */
  readonly untilMs: number;
}

/**
 * WebSocket where it gets through, else polling, which gives way to WebSocket when that gets through later. What is wrong with both (a
 * token that is not good, a hub that is not there) is found out by the first, and no reason to try the second.
 */
export class AutoTransport implements Transport {
  readonly #parts: AutoTransportParts;
  readonly #websocket: WebSocketTransport;
  /** Set when polling is what worked last. */
  #blockade: Blockade | undefined;

  constructor(parts: AutoTransportParts) {
    this.#parts = parts;
    this.#websocket = new WebSocketTransport(parts.sockets, WEBSOCKET_DEADLINE_MS);
  }

  async connect(listener: TransportListener, signal: AbortSignal): Promise<Connection> {
    const remembered = this.#blockade;
    this.#blockade = undefined;
    if (remembered !== undefined && performance.now() < remembered.untilMs) return this.#poll(listener, remembered);
    try {
      return await this.#websocket.connect(listener, signal);
    } catch (thrown) {
      if (!(thrown instanceof WebSocketBlocked)) throw thrown;
      return this.#poll(listener, this.#blockadeFor(thrown.why));
    }
  }

  async #poll(listener: TransportListener, blockade: Blockade): Promise<Connection> {
    const over = new AbortController();
    const connection = await this.#parts.polling.connect({
      message: (message) => {
        listener.message(message);
        if (message.type === 'welcome') void this.#goBack(connection, blockade, over.signal);
      },
      frame: (decoded) => listener.frame(decoded),
      closed: (reason) => {
        over.abort();
        listener.closed(reason);
      },
    });
    return connection;
  }

  /** Tries to go back now and then, until it succeeds or the connection is over. */
  async #goBack(connection: PollingConnection, blockade: Blockade, signal: AbortSignal): Promise<void> {
    const { sockets, logger } = this.#parts;
    logger.info(`connected by HTTPS polling, because ${blockade.why}`);
    const parts = { sockets, connection, deadlineMs: WEBSOCKET_DEADLINE_MS, signal };
    this.#blockade = blockade;
    for (;;) {
      await pause(this.#blockade.untilMs - performance.now(), signal);
      if (signal.aborted) return;
      try {
        await takeWayBack(parts);
        logger.info('back on WebSocket');
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        const why = thrown instanceof WebSocketBlocked ? thrown.why : blockade.why;
        logger.debug({ err: thrown }, `polling goes on, because ${why}`);
        this.#blockade = this.#blockadeFor(why);
      }
    }
  }

  #blockadeFor(why: string): Blockade {
    const intervalMs = this.#parts.probeIntervalMs ?? PROBE_INTERVAL_MS;
    return { why, untilMs: performance.now() + intervalMs * (1 + JITTER * (2 * Math.random() - 1)) };
  }
}
