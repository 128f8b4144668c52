import { type IncomingHttpHeaders, request as openRequest } from 'node:http';
import { FerryError } from '@ferryline/engine';
import type { HubDialer } from '../../dial/hub-dialer.ts';
import { repeatDelayMs } from '../backoff.ts';
import { pause } from '../pause.ts';
import { boundedBody } from './bounded-body.ts';

/** The hub says something within 25 s, if only that it has nothing to say; a connection that is quiet for longer is broken. */
const SILENCE_MS = 35_000;
/** A request that lived longer was heard, and cut because nothing came: asking again soon costs nobody anything. */
const SOON_MS = 1_000;
/** What a hub, or who stands before it, answers when the same request may do later. */
const TRANSIENT: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** `welcome`, problem documents, and whatever others answer. */
const MAX_SHORT_ANSWER_BYTES = 64 * 1024;

export interface HubRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the hub's URL, with its query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly pieces: readonly Buffer[] };
  /** What an answer may have that is more than a few lines. */
  readonly maxAnswerBytes?: number;
}

export interface HubAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** HTTP requests to one hub, with the token in `Authorization`. */
export class HubRequests {
  readonly #hubUrl: URL;
  readonly #token: string;
  readonly #dialer: HubDialer;

  constructor(hubUrl: URL, token: string, dialer: HubDialer) {
    this.#hubUrl = hubUrl;
    this.#token = token;
    this.#dialer = dialer;
  }

  /**
   * Asks once. Follows no redirection.
   *
   * @throws FerryError PROTOCOL when the answer is too large; what the dialer or the system says when it fails on its way
   */
  ask({ method, path, body, maxAnswerBytes }: HubRequest, signal: AbortSignal): Promise<HubAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HubAnswer>();
    const pieces = body?.pieces ?? [];
    const asking = openRequest(new URL(path, this.#hubUrl), {
      method,
      agent: this.#dialer,
      signal,
      timeout: SILENCE_MS,
      headers: {
        authorization: `Bearer ${this.#token}`,
        'cache-control': 'no-store',
        ...(body && { 'content-type': body.type, 'content-length': byteLength(pieces) }),
      },
    });
    asking.once('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      const maxBytes = status === 200 ? (maxAnswerBytes ?? MAX_SHORT_ANSWER_BYTES) : MAX_SHORT_ANSWER_BYTES;
      boundedBody(response, maxBytes).then((read) => resolve({ status, headers, body: read }), reject);
    });
    asking.on('error', reject);
    asking.once('timeout', () => {
      asking.destroy(Object.assign(new Error('no answer came in time'), { code: 'ETIMEDOUT' }));
    });
    for (const piece of pieces) asking.write(piece);
    asking.end();
    return promise;
  }

  /**
   * Asks, and asks again, unchanged, when that fails on its way, after a pause that grows when it fails soon. Whether it takes too long is for the session
   * to say, by the signal.
   *
   * @throws FerryError PROTOCOL when the answer is too large; the signal's reason
   */
  async askUntilAnswered(request: HubRequest, signal: AbortSignal): Promise<HubAnswer> {
    for (let failures = 1; ; failures += 1) {
      const askedAt = performance.now();
      const answer = await this.ask(request, signal).catch((thrown: unknown) => {
        if (thrown instanceof FerryError && !thrown.retryable) throw thrown;
      });
      signal.throwIfAborted();
      if (answer !== undefined && !TRANSIENT.has(answer.status)) return answer;
      if (performance.now() - askedAt > SOON_MS) failures = 1;
      await pause(repeatDelayMs(failures, Math.random()), signal);
    }
  }
}

function byteLength(pieces: readonly Buffer[]): number {
  return pieces.reduce((bytes, piece) => bytes + piece.length, 0);
}
