import type { AddressInfo } from 'node:net';
import type { Caller, ExampleHub } from '../example-hub.ts';

/** An event as a client sees it. */
export interface HeardEvent {
  readonly event: string;
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: what it is, is what tests look at.
  readonly data: any;
}

/** Somebody who listens to a hub over a real connection, for tests. */
export class ExampleListener implements AsyncDisposable {
  readonly headers: Headers;
  readonly #blocks: AsyncGenerator<string, void>;
  readonly #hangUp: AbortController;

  private constructor(answer: Response, hangUp: AbortController) {
    this.headers = answer.headers;
    this.#blocks = blocksOf(answer.body as ReadableStream<Uint8Array>);
    this.#hangUp = hangUp;
  }

  /** @param query as in `?kinds=run`. @throws Error with the answer when the hub refuses. */
  static async of({ app }: ExampleHub, { credential }: Caller, query = ''): Promise<ExampleListener> {
    if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const hangUp = new AbortController();
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/events${query}`, {
      headers: { authorization: `Bearer ${credential}` },
      signal: hangUp.signal,
    });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return new ExampleListener(answer, hangUp);
  }

  /** The next text between two empty lines; undefined at the end of the stream. */
  async block(): Promise<string | undefined> {
    const { value, done } = await this.#blocks.next();
    return done === true ? undefined : value;
  }

  /** The next event; undefined at the end of the stream. */
  async next(): Promise<HeardEvent | undefined> {
    for (;;) {
      const block = await this.block();
      if (block === undefined) return undefined;
      const event = eventIn(block);
      if (event !== undefined) return event;
    }
  }

  /** The events until the next sign of life. */
  async untilBeat(): Promise<readonly HeardEvent[]> {
    const heard: HeardEvent[] = [];
    for (let block = await this.block(); block !== ': still here'; block = await this.block()) {
      if (block === undefined) throw new Error(`the stream ended after ${JSON.stringify(heard)}`);
      const event = eventIn(block);
      if (event !== undefined) heard.push(event);
    }
    return heard;
  }

  /** The next so many events. */
  async take(count: number): Promise<readonly HeardEvent[]> {
    const heard: HeardEvent[] = [];
    while (heard.length < count) {
      const event = await this.next();
      if (event === undefined) throw new Error(`the stream ended after ${JSON.stringify(heard)}`);
      heard.push(event);
    }
    return heard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#hangUp.abort();
    await this.#blocks.return().catch(() => undefined);
  }
}

/** Undefined for a comment, or a word to the client itself. */
function eventIn(block: string): HeardEvent | undefined {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2)));
  return fields.event === undefined ? undefined : { event: fields.event, id: fields.id, data: JSON.parse(fields.data) };
}

async function* blocksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    yield* blocks;
  }
}
