import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the fake hub was asked, in order. */
export interface Asked {
  readonly method: string;
  /** Below `/api/v1/`, with the query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
}

/** A real HTTP server that answers as a test says: `answers` maps `GET runs/7` to one answer, or to a row of which the last stays. */
export interface FakeHub extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

export async function fakeHub(answers: Readonly<Record<string, Answer | readonly Answer[]>>): Promise<FakeHub> {
  const asked: Asked[] = [];
  const timesAsked = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').replace(/^\/api\/v1\//, '');
    const method = request.method ?? '';
    asked.push({ method, path, authorization: request.headers.authorization, body: await bodyOf(request) });
    const route = `${method} ${path.split('?', 1)[0]}`;
    const row = [answers[route] ?? { status: 404, body: { code: 'NOT_FOUND', detail: `No ${route} here.` } }].flat();
    const time = timesAsked.get(route) ?? 0;
    timesAsked.set(route, time + 1);
    send(response, row[Math.min(time, row.length - 1)] ?? {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, { status = 200, body = {} }: Answer): void {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text === '' ? undefined : JSON.parse(text);
}
