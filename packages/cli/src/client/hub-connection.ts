import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type DialSettings, HubDialer, type TrustSettings } from '@ferryline/agent/dial';
import manifest from '../../package.json' with { type: 'json' };

/** As what a sign-in is listed. */
const CLIENT = `ferry/${manifest.version}`;

export interface HubExchange {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends it at any stage, also while the answer is read. */
  readonly signal: AbortSignal;
}

export interface HubConnectionSettings extends DialSettings {
  /** As a person said them, for `ferry login` to remember. */
  readonly trustSettings?: TrustSettings;
}

/** One hub as the commands reach it: its address, and connections on which nothing is sent before it has shown who it is. */
export class HubConnection {
  readonly baseUrl: string;
  readonly trustSettings: TrustSettings;
  readonly #dialer: HubDialer;

  constructor(baseUrl: string, { trustSettings = {}, ...dialSettings }: HubConnectionSettings = {}) {
    this.baseUrl = baseUrl;
    this.trustSettings = trustSettings;
    this.#dialer = new HubDialer(new URL(baseUrl), dialSettings);
  }

  /**
   * Asks, and resolves when the answer begins; its body is still to be read. A redirect is an answer like any other: followed, it
   * would carry the credentials to wherever it points.
   *
   * @param pathAndQuery below `/api/v1/`
   * @throws FerryError AGENT_OFFLINE when the hub is not the one it should be; what Node throws when it cannot be reached.
   */
  send(pathAndQuery: string, { method, headers, body, signal }: HubExchange): Promise<IncomingMessage> {
    const url = new URL(`${this.baseUrl}/api/v1/${pathAndQuery}`);
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const asking = request(
      url,
      { method, headers: { 'user-agent': CLIENT, ...headers }, signal, agent: this.#dialer },
      resolve,
    );
    asking.on('error', reject);
    asking.end(body);
    return promise;
  }
}
