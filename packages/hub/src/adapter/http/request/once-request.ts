import { hash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { MadeOnce, OnceRequest } from '../../../application/idempotency/make-once.ts';

const ONCE_KEY = /^[\x21-\x7e]{1,128}$/;
/** Fields whose value is chosen by people: a fast hash over one of these would be a way to guess it (ATTACKS.md A72). */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['password']);

/** The header by which a client may repeat a request without meaning it twice. Of the other headers nothing is said. */
export const onceHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(ONCE_KEY, 'expected 1 to 128 visible ASCII characters')
    .meta({
      description:
        'Chosen by the client, new for each new request (a UUID will do). Repeated within a day it answers what was made the first time, and makes nothing new.',
      examples: ['0d9f4a52-4b7c-4a4e-9a3e-2f6a3c1f7b10'],
    })
    .exactOptional(),
});

/** What is looked at of a request that may be repeated. */
interface RepeatableRequest {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly headers: { readonly 'idempotency-key'?: string };
}

/**
 * What the client calls this request, with a fingerprint of what it asks for; undefined when it gave it no key. Of a password only
 * that there is one belongs to the fingerprint, which is stored.
 */
export function onceRequest({ method, url, body, headers }: RepeatableRequest): OnceRequest | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  const [path] = url.split('?', 1);
  return { key, fingerprint: hash('sha256', JSON.stringify([method, path, canonical(body)])) };
}

/** Answers 201, as the first time; a repeated request says that it is one. */
export function sayMade(made: Pick<MadeOnce<unknown>, 'isRepeat'>, reply: FastifyReply): void {
  reply.code(201);
  sayRepeat(made, reply);
}

/** Says so when the request is a repeated one, which changed nothing. */
export function sayRepeat({ isRepeat }: Pick<MadeOnce<unknown>, 'isRepeat'>, reply: FastifyReply): void {
  if (isRepeat) reply.header('idempotency-replayed', 'true');
}

/** The value without secrets, and the keys of every object in one order: a client that writes them in another asks for the same. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, SECRET_FIELDS.has(key) ? 'secret' : canonical(each)]));
}
