import { FerryError } from '@ferryline/engine';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpRefusal } from '../answer/http-refusal.ts';
import { requireSafeJson } from './safe-json.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The bodies of this route are bytes and no JSON. */
    readonly takesBytes?: boolean;
  }
}

const JSON_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i;
const BYTES_TYPE = /^application\/octet-stream$/i;

/**
 * Bodies are JSON in UTF-8 (but for those of routes that take bytes), said so in exactly one way: whatever reads the type otherwise than we do (a proxy, a browser that sends
 * a form) does not get a body past the schemas (ATTACKS.md A58).
 */
export function readJsonOnly(app: FastifyInstance): void {
  app.addHook('onRequest', requireBodyType);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    parseBody(body),
  );
}

async function requireBodyType({ raw, routeOptions }: FastifyRequest): Promise<void> {
  const { 'content-length': length, 'transfer-encoding': transferEncoding } = raw.headers;
  const hasBody = transferEncoding !== undefined || (length !== undefined && length !== '0');
  if (!hasBody) return;
  if (raw.headers['content-encoding'] !== undefined) {
    throw new HttpRefusal(
      415,
      'The hub reads no compressed requests. Send the body as it is, without Content-Encoding.',
    );
  }
  // Node keeps the first of several; a proxy may have looked at the last.
  const types = valuesOf(raw.rawHeaders, 'content-type');
  const takesBytes = routeOptions.config.takesBytes === true;
  if (types.length === 1 && (takesBytes ? BYTES_TYPE : JSON_TYPE).test(types[0] ?? '')) return;
  throw new HttpRefusal(
    415,
    takesBytes
      ? 'Bytes are read here. Send the body with exactly one header Content-Type: application/octet-stream.'
      : 'The hub reads JSON only. Send the body with exactly one header Content-Type: application/json.',
  );
}

/** All values of a header, from names and values in turn, as Node keeps them. */
function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_value, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const value = parseJson(body);
  requireSafeJson(value, 'body');
  return value;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new FerryError('VALIDATION', 'The body is not valid JSON in UTF-8.', { cause });
  }
}
