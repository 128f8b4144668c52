import type { AgentMessage, HubMessage } from '@ferryline/engine';
import { pino } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { HubDialer } from '../../dial/hub-dialer.ts';
import { AutoTransport } from '../auto-transport.ts';
import { ExampleListener, exampleHello, exampleWelcome } from '../polling/example-listener.ts';
import { HubRequests } from '../polling/hub-requests.ts';
import { type AskedUpgrade, PlayedHub } from '../polling/played-hub.ts';
import { PollingTransport } from '../polling-transport.ts';
import type { Connection } from '../transport.ts';
import { HubSockets } from '../websocket/hub-sockets.ts';

/** So long after polling worked, and up to a tenth more, WebSockets are tried again, in milliseconds. */
export const PROBE_MS = 300_000;

export const ping = (nonce: string): HubMessage => ({ type: 'ping', nonce });
export const pong = (nonce: string): AgentMessage => ({ type: 'pong', nonce });

/** An agent that may choose its transport, and a hub that a test plays. */
export class ChoosingAgent implements AsyncDisposable {
  readonly hub: PlayedHub;
  /** What it logged. */
  readonly said: string[] = [];
  /** Hears what the connection says; a new one for each. */
  listener = new ExampleListener();
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #stop = new AbortController();
  #transport: AutoTransport;
  #connection: Connection | undefined;

  private constructor(hub: PlayedHub) {
    this.hub = hub;
    this.#transport = this.#transportTo(hub.url);
  }

  static async start(): Promise<ChoosingAgent> {
    return new ChoosingAgent(await PlayedHub.start());
  }

  /** Connects to the hub that is elsewhere from now on. */
  moveTo(url: URL): void {
    this.#transport = this.#transportTo(url);
  }

  /** Resolves when it has chosen, and says hello. */
  async connect(): Promise<Connection> {
    this.#connection = await this.#transport.connect(this.listener, this.#stop.signal);
    this.#connection.sendMessage(exampleHello);
    return this.#connection;
  }

  /** Connects by polling, because its upgrade is refused, and is welcome. */
  async poll(): Promise<Connection> {
    const connecting = this.connect();
    refuse(await this.hub.nextUpgrade(), '403 Forbidden');
    const connected = await connecting;
    await this.welcomed();
    return connected;
  }

  /** Its hello by polling is answered with welcome. */
  async welcomed(): Promise<void> {
    (await this.hub.next('POST /api/agent/session')).answer(200, JSON.stringify(exampleWelcome));
    await this.listener.heard(1);
  }

  /** Ends a connection that polls, and has the hub hear it. */
  async leave(polling: Connection): Promise<void> {
    const closing = polling.close('the agent stops');
    (await this.hub.next('DELETE /api/agent/session')).answer(204);
    await closing;
  }

  /** The WebSocket of an upgrade that the hub accepts. */
  accept({ request, socket, head }: AskedUpgrade): Promise<WebSocket> {
    return new Promise((resolve) => this.#sockets.handleUpgrade(request, socket, head, resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.#connection?.close('the test is over');
    for (const socket of this.#sockets.clients) socket.terminate();
    await this.hub[Symbol.asyncDispose]();
    await closing;
  }

  #transportTo(url: URL): AutoTransport {
    const dialer = new HubDialer(url);
    const write = (line: string): void => void this.said.push((JSON.parse(line) as { msg: string }).msg);
    return new AutoTransport({
      sockets: new HubSockets(url, 'token', dialer),
      polling: new PollingTransport(url, new HubRequests(url, 'token', dialer)),
      logger: pino({ level: 'debug' }, { write }),
      probeIntervalMs: PROBE_MS,
    });
  }
}

/** Answers an upgrade with another status, as in `403 Forbidden`. */
export function refuse({ socket }: AskedUpgrade, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

/** The texts that a WebSocket carries, from now on. */
export function textsOf(socket: WebSocket): { readonly texts: unknown[]; heard(count: number): Promise<void> } {
  const texts: unknown[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    texts.push(JSON.parse(data.toString()));
    for (const look of waiting) look();
  });
  const heard = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (texts.length >= count) resolve();
      };
      waiting.add(look);
      look();
    });
  return { texts, heard };
}

/** What was sent on loopback arrives. */
export async function whatIsOnItsWay(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
}
