import { randomUUID } from 'node:crypto';

/** What a writer asked for, under which key, and what it was told. */
interface Written {
  readonly key: string;
  readonly kind: 'agents' | 'jobs' | 'users';
  readonly body: Readonly<Record<string, unknown>>;
  /** The answer; absent while the hub has not acknowledged it. */
  id?: number;
}

/** Clients that make things at a hub as fast as it takes them, and remember what it acknowledged. */
export class Writers {
  readonly #url: string;
  readonly #account: { readonly email: string; readonly password: string };
  readonly #written: Written[] = [];
  #accessToken: string | undefined;
  #count = 0;

  constructor(url: string, account: { readonly email: string; readonly password: string }) {
    this.#url = url;
    this.#account = account;
  }

  /**
   * Writes, several at a time, until the hub goes away. `enough` resolves when so many were acknowledged, `stopped` when every writer
   * has seen the hub go away.
   */
  write({ atATime, until }: { readonly atATime: number; readonly until: number }) {
    const enough = Promise.withResolvers<void>();
    let acknowledged = 0;
    const writer = async (): Promise<void> => {
      for (;;) {
        const written = this.#next();
        this.#written.push(written);
        try {
          await this.#make(written);
        } catch {
          return;
        }
        acknowledged += 1;
        if (acknowledged === until) enough.resolve();
      }
    };
    const stopped = Promise.all(Array.from({ length: atATime }, writer));
    return { enough: Promise.race([enough.promise, stopped]), stopped };
  }

  /** Asks again, with the same keys, for what was not acknowledged. */
  async repeatUnanswered(): Promise<void> {
    this.#accessToken = undefined;
    for (const written of this.#written) if (written.id === undefined) await this.#make(written);
  }

  /** What the hub shows that was not asked for just so, or asked for and is not shown. */
  async differences(): Promise<readonly string[]> {
    const differences: string[] = [];
    for (const kind of ['agents', 'jobs', 'users'] as const) {
      const shown = new Map((await this.#all(kind)).map((each) => [each.id, each]));
      for (const { id = 0, body, key } of this.#written.filter((each) => each.kind === kind)) {
        const name = kind === 'users' ? 'email' : 'name';
        if (shown.get(id)?.[name] !== body[name]) differences.push(`${key}: ${kind} ${id} is not ${body[name]}`);
        shown.delete(id);
      }
      for (const stray of shown.values()) {
        if (stray.email !== this.#account.email) differences.push(`nobody was told of ${kind} ${stray.id}`);
      }
    }
    return differences;
  }

  auditVerdict(): Promise<unknown> {
    return this.#ask('GET', 'audit/verify');
  }

  /** What was made without an event, or has an event without being there. */
  async unauditedChanges(): Promise<readonly string[]> {
    const events = await this.#all('audit');
    const made = this.#written.map(({ kind, id }) => `${kind.slice(0, -1)}.created ${id}`);
    const told = events
      .filter((event) => /^(agent|job|user)\.created$/.test(String(event.action)))
      .map((event) => `${event.action} ${(event.object as { id: string }).id}`);
    const first = (await this.#all('users')).filter((user) => user.email === this.#account.email);
    const expected = new Set([...made, ...first.map((user) => `user.created ${user.id}`)]);
    return [...expected].filter((each) => !told.includes(each)).concat(told.filter((each) => !expected.has(each)));
  }

  #next(): Written {
    this.#count += 1;
    const name = `thing-${this.#count}`;
    const key = randomUUID();
    const kind = (['agents', 'jobs', 'users'] as const)[this.#count % 3] ?? 'agents';
    if (kind === 'users') return { key, kind, body: { email: `${name}@example.test`, role: 'user' } };
    const agents = this.#written.filter((each) => each.kind === 'agents' && each.id !== undefined);
    const agent = agents.at(-1)?.body.name;
    if (kind === 'agents' || agent === undefined) return { key, kind: 'agents', body: { name, labels: ['made'] } };
    const ends = { source: { agent, path: '/srv/a' }, destination: { agent, path: '/srv/b' } };
    return { key, kind, body: { name, type: 'push', ...ends } };
  }

  async #make(written: Written): Promise<void> {
    const made = await this.#ask('POST', written.kind, written.body, { 'idempotency-key': written.key });
    written.id = Number(made.id);
  }

  async #all(kind: string): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let cursor = '';
    do {
      const page = await this.#ask('GET', `${kind}?limit=500${cursor}`);
      items.push(...(page.items as Record<string, unknown>[]));
      cursor = page.nextCursor === undefined ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    return items;
  }

  /** @throws Error when the hub does not answer, or answers with a problem. */
  async #ask(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Record<string, unknown>> {
    this.#accessToken ??= await this.#signIn();
    const answer = await this.#fetch(method, path, body, { ...headers, authorization: `Bearer ${this.#accessToken}` });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  }

  async #signIn(): Promise<string> {
    const answer = await this.#fetch('POST', 'auth/login', this.#account, {});
    return ((await answer.json()) as { accessToken: string }).accessToken;
  }

  #fetch(method: string, path: string, body: object | undefined, headers: Readonly<Record<string, string>>) {
    return fetch(new URL(`/api/v1/${path}`, this.#url), {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}
