import { HubConnection } from './hub-connection.ts';
import type { HubRequests } from './polling/hub-requests.ts';
import { PollingControl } from './polling/polling-control.ts';
import { PollingLane } from './polling/polling-lane.ts';
import type { Transport, TransportListener } from './transport.ts';

export type PollingConnection = HubConnection<{ readonly control: PollingControl; readonly lane: PollingLane }>;

/** HTTP requests that the hub answers when it has something to say (PROTOCOL.md, 1.4). */
export class PollingTransport implements Transport {
  readonly #hubUrl: URL;
  readonly #requests: HubRequests;

  constructor(hubUrl: URL, requests: HubRequests) {
    this.#hubUrl = hubUrl;
    this.#requests = requests;
  }

  /** Never fails: the first request is the one with `hello`. */
  async connect(listener: TransportListener): Promise<PollingConnection> {
    const [hubUrl, requests] = [this.#hubUrl, this.#requests];
    return new HubConnection(listener, (lines) => {
      const control = new PollingControl({ hubUrl, requests, listener: lines });
      const lane = new PollingLane({ requests, listener: lines, ended: (answer) => control.endSoon(answer) });
      return { control, lane };
    });
  }
}
