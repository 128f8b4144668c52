import type { Logger } from 'pino';
import type { HubDialer } from '../dial/hub-dialer.ts';
import { AutoTransport } from './auto-transport.ts';
import { HubRequests } from './polling/hub-requests.ts';
import { PollingTransport } from './polling-transport.ts';
import type { Transport } from './transport.ts';
import type { TransportChoice } from './transport-choice.ts';
import { HubSockets } from './websocket/hub-sockets.ts';
import { WebSocketTransport } from './websocket-transport.ts';

export interface HubTransportParts {
  readonly hubUrl: URL;
  readonly token: string;
  readonly dialer: HubDialer;
  readonly logger: Logger;
  /** How often an agent that polls tries to go back to WebSocket, in milliseconds; five minutes when absent. */
  readonly probeIntervalMs?: number | undefined;
}

/** The transport of a choice. */
export function hubTransport(
  choice: TransportChoice,
  { hubUrl, token, dialer, logger, probeIntervalMs }: HubTransportParts,
): Transport {
  const sockets = new HubSockets(hubUrl, token, dialer);
  const polling = new PollingTransport(hubUrl, new HubRequests(hubUrl, token, dialer));
  if (choice === 'websocket') return new WebSocketTransport(sockets);
  if (choice === 'polling') return polling;
  return new AutoTransport({ sockets, polling, logger, probeIntervalMs });
}
