/** A thing as the REST API shows it. */
export type Shown = Readonly<Record<string, unknown>>;

export interface HubRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1/`. */
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  /** Empty for an answer without a body. */
  readonly body: Shown;
  /** The version that it shows, for `If-Match`. */
  readonly etag: string;
  /** The hub says that it did this before, for the same `Idempotency-Key`. */
  readonly isReplayed: boolean;
}

export interface Account {
  readonly email: string;
  readonly password: string;
}

/** Nobody answered, or not to the end: whether the hub did what was asked is not known. */
export class HubGone extends Error {}

/** Asks a hub in the name of one user. */
export class HubClient {
  readonly #url: string;
  readonly #account: Account;
  #accessToken = '';

  constructor(url: string, account: Account) {
    this.#url = url;
    this.#account = account;
  }

  /** Good for ten minutes. */
  async signIn(): Promise<void> {
    const { body } = await this.#done({ method: 'POST', path: 'auth/login', body: this.#account });
    this.#accessToken = String(body.accessToken);
  }

  /** The answer, a refusal too. @throws HubGone */
  async ask({ method, path, body, headers }: HubRequest): Promise<Answer> {
    try {
      const response = await fetch(new URL(`/api/v1/${path}`, this.#url), {
        method,
        headers: {
          ...headers,
          authorization: `Bearer ${this.#accessToken}`,
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        body: text === '' ? {} : (JSON.parse(text) as Shown),
        etag: response.headers.get('etag') ?? '',
        isReplayed: response.headers.get('idempotency-replayed') === 'true',
      };
    } catch (cause) {
      throw new HubGone(`${method} ${path} was not answered`, { cause });
    }
  }

  /** @throws Error when the hub refuses, HubGone */
  get(path: string): Promise<Answer> {
    return this.#done({ method: 'GET', path });
  }

  /** @throws Error when the hub refuses, HubGone */
  post(path: string, body: object): Promise<Answer> {
    return this.#done({ method: 'POST', path, body });
  }

  /** Every item of a listing, newest first. @throws Error when the hub refuses, HubGone */
  async *list<Item = Shown>(path: string): AsyncGenerator<Item, void> {
    let cursor: unknown;
    do {
      const { body } = await this.get(`${path}?limit=500${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      yield* body.items as readonly Item[];
      cursor = body.nextCursor;
    } while (cursor !== undefined);
  }

  async #done(request: HubRequest): Promise<Answer> {
    const answer = await this.ask(request);
    if (answer.status < 300) return answer;
    throw new Error(`${request.method} ${request.path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}
