import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import {
  type HttpProxy,
  HubDialer,
  type HubTrust,
  proveWebSocket,
  type WebSocketProof,
  whyUnreachable,
} from '@ferryline/agent/dial';
import manifest from '../../package.json' with { type: 'json' };
import type { HubAnswer } from './hub-answer.ts';
import { given, type Stated } from './stated.ts';

/** A little less than a probe may take, so that it can still say what it waited for. */
const ASK_TIMEOUT_MS = 9_000;
/** Nothing that is asked for here is longer. */
const MAX_BODY_CHARACTERS = 64 * 1024;

export interface HubSightSettings {
  readonly trust: Stated<HubTrust>;
  readonly proxy: Stated<HttpProxy | undefined>;
  readonly token: string | undefined;
}

/**
 * What can be seen of a hub without saying hello to it: several probes look at the same, and each thing is asked once. It is dialled as
 * an agent dials it, so that nothing is sent to whoever is not the hub.
 */
export class HubSight {
  readonly #hub: URL;
  readonly #settings: HubSightSettings;
  readonly #seen = new Map<string, Promise<unknown>>();
  #dialer: HubDialer | undefined;

  constructor(hub: URL, settings: HubSightSettings) {
    this.#hub = hub;
    this.#settings = settings;
  }

  /** For requests. @throws FerryError VALIDATION when trust or proxy cannot be read */
  get dialer(): HubDialer {
    this.#dialer ??= this.#makeDialer();
    return this.#dialer;
  }

  /** What the hub says of itself to everybody. */
  health(): Promise<HubAnswer> {
    return this.#once('health', () => this.healthNow());
  }

  /** The same, if somebody has asked for it before. */
  healthSeen(): Promise<HubAnswer> | undefined {
    return this.#seen.get('health') as Promise<HubAnswer> | undefined;
  }

  /** The same, asked anew: over the open connection, so that it takes no longer than its way. */
  healthNow(): Promise<HubAnswer> {
    return this.#ask('api/v1/health');
  }

  /** A poll of nobody: 401 where the hub can be polled. */
  pollOfNobody(): Promise<HubAnswer> {
    return this.#once('pollOfNobody', () => this.#ask(POLL));
  }

  /** A poll of a session that is none: 404 where the hub takes the token. The session of a running agent has another name. */
  pollWithToken(): Promise<HubAnswer> {
    return this.#once('pollWithToken', () => this.#ask(POLL, this.#settings.token));
  }

  websocket(): Promise<WebSocketProof> {
    return this.#once('websocket', async () => {
      // Of its own: a WebSocket that is refused leaves its connection to the next request, and then cuts it.
      const dialer = this.#makeDialer();
      const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
      return proveWebSocket(this.#hub, { dialer, signal, token: this.#settings.token });
    });
  }

  close(): void {
    this.#dialer?.destroy();
  }

  #makeDialer(): HubDialer {
    const { trust, proxy } = this.#settings;
    return new HubDialer(this.#hub, { trust: given(trust), proxy: given(proxy) });
  }

  #once<Seen>(what: string, look: () => Promise<Seen>): Promise<Seen> {
    const seen = (this.#seen.get(what) as Promise<Seen> | undefined) ?? look();
    this.#seen.set(what, seen);
    return seen;
  }

  async #ask(path: string, token?: string): Promise<HubAnswer> {
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const sentAt = Date.now();
    try {
      const answer = await this.#send(path, token, signal);
      const receivedAt = Date.now();
      const { statusCode: status = 0, headers } = answer;
      const { date, 'content-type': contentType = '' } = headers;
      const body = await readSome(answer);
      return { kind: 'answered', status, contentType, body, sentAt, receivedAt, ...(date !== undefined && { date }) };
    } catch (thrown) {
      return { kind: 'unanswered', why: whyUnreachable(this.#hub, signal.aborted ? signal.reason : thrown) };
    }
  }

  #send(path: string, token: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(path, this.#hub);
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const headers = {
      accept: 'application/json, application/problem+json',
      'user-agent': `ferry/${manifest.version}`,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    return new Promise((resolve, reject) => {
      request(url, { headers, signal, agent: this.dialer }, resolve).on('error', reject).end();
    });
  }
}

const POLL = 'api/agent/poll?session=none&after=0';

async function readSome(answer: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of answer.setEncoding('utf8')) {
    body += piece;
    if (body.length > MAX_BODY_CHARACTERS) break;
  }
  return body;
}
