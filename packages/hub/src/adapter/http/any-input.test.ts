import fc from 'fast-check';
import type { HTTPMethods } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import type { Database } from '../sql/schema.ts';
import {
  type AskedOperation,
  arbitraryRequest,
  type Document,
  operationsOf,
  type TriedRequest,
} from './any-request.ts';
import { askBriefly, type BriefAnswer } from './ask-briefly.ts';
import { buildExampleHub, type Caller, type ExampleHub } from './example-hub.ts';
import { ExampleThings } from './example-things.ts';

/** For each operation; all of them together take a few seconds. */
const REQUESTS = 100;

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let admin: Caller;
let document: Document;
/** By operation and status: to make one from the description costs more than to ask. */
const checkers = new Map<string, z.ZodType | undefined>();

beforeAll(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db, { options: { requestsPerMinute: 1e9, signInsPerMinute: 1e9 } });
  document = (await hub.app.inject({ url: '/api/v1/openapi.json' })).json();
  const things = await ExampleThings.of(hub);
  for (const kind of ['jobs', 'runs', 'transfers', 'agents', 'tokens'] as const) await things.make(kind, things.owner);
  admin = things.admin;
});

afterAll(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

async function send({ method, url, headers, payload }: TriedRequest): Promise<BriefAnswer> {
  const answer = await askBriefly(hub.app, {
    method: method as HTTPMethods,
    url,
    headers: { authorization: `Bearer ${admin.credential}`, ...headers },
    ...(payload !== undefined && { payload }),
  });
  // Whatever was asked for may have ended the sign-in, unless it only read.
  if (method === 'GET') return answer;
  const me = await hub.app.inject({ url: '/api/v1/auth/me', headers: { authorization: `Bearer ${admin.credential}` } });
  if (me.statusCode !== 200) admin = await hub.signIn('admin');
  return answer;
}

/** What the description says that an answer looks like, as something that checks it. */
function checkerOf(operation: AskedOperation, status: number): z.ZodType | undefined {
  const key = `${operation.method} ${operation.path} ${status}`;
  if (!checkers.has(key)) checkers.set(key, newChecker(operation, status));
  return checkers.get(key);
}

function newChecker(operation: AskedOperation, status: number): z.ZodType | undefined {
  const schema = operation.responses[status]?.content?.['application/json']?.schema;
  if (schema === undefined) return undefined;
  const whole = JSON.stringify({ ...schema, $defs: document.components.schemas });
  // JSON Schema keeps what it refers to in another place than OpenAPI.
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')));
}

describe('whatever is sent', () => {
  test('nothing makes the hub fail: refusals are problem documents, and answers are what the description says', async () => {
    const operations = operationsOf(document);
    const answered = new Set<string>();
    for (const operation of operations) {
      await fc.assert(
        fc.asyncProperty(arbitraryRequest(operation, document), async (request) => {
          const answer = await send(request);
          expectAnswer(operation, answer);
          if (answer.statusCode < 300) answered.add(`${operation.method} ${operation.path}`);
        }),
        { numRuns: REQUESTS, seed: 7, endOnFailure: true },
      );
    }
    // If everything were refused, nothing would have been tried.
    expect(answered.size).toBeGreaterThan(operations.length * 0.7);
  }, 180_000);
});

function expectAnswer(operation: AskedOperation, answer: BriefAnswer): void {
  const { statusCode } = answer;
  const contentType = String(answer.headers['content-type'] ?? '');
  if (statusCode >= 400) {
    // A 503 or 504 is an agent that does not answer: nothing that the hub could help.
    if (statusCode >= 500) expect([503, 504], answer.body).toContain(statusCode);
    expect(contentType).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ status: statusCode, code: expect.any(String), detail: expect.any(String) });
    expect(operation.responses, `${operation.method} ${operation.path} answered ${answer.body}`).toHaveProperty([
      String(statusCode),
    ]);
    return;
  }
  expect(operation.responses).toHaveProperty([String(statusCode)]);
  const checker = checkerOf(operation, statusCode);
  if (checker === undefined) return;
  expect(contentType).toMatch(/^application\/json/);
  expect(checker.safeParse(answer.json()).error?.message).toBeUndefined();
}
