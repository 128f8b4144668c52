import { type ErrorCode, errorCodes } from '@ferryline/engine';
import type { FastifySchema, RouteOptions } from 'fastify';
import { isAnonymousRoute } from '../middleware/anonymous-routes.ts';
import { ifMatchHeaders } from '../request/expected-version.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route may refuse with, beyond what every route of its kind may. */
    readonly problems?: readonly ErrorCode[];
  }
}

/** What a code means to whoever asks. */
const meanings: Readonly<Record<ErrorCode, string>> = {
  VALIDATION: 'The request is not one that the hub can read; `details.fields` names what is wrong.',
  NOT_FOUND: 'There is no such thing, or it is not yours to see.',
  CONFLICT: 'The state of things does not allow it.',
  UNAUTHENTICATED: 'The credential is missing, wrong, expired or revoked.',
  FORBIDDEN: 'Your role, or the scope of your API key, does not allow it.',
  RATE_LIMITED: 'Too many requests; `Retry-After` says when to go on.',
  TOO_LARGE: 'The body is larger than 64 KiB.',
  AGENT_OFFLINE: 'The agent is not connected, or never was.',
  PATH_NOT_ALLOWED: "The path lies outside of the agent's allowed roots, or is open for reading only.",
  SOURCE_NOT_FOUND: 'There is nothing at the path.',
  SOURCE_UNREADABLE: 'The agent may not read what is at the path.',
  SOURCE_CHANGED: 'The source changed while it was read.',
  DESTINATION_EXISTS: 'The destination is taken.',
  DESTINATION_UNWRITABLE: 'The agent may not write to the destination.',
  NO_SPACE: 'There is no room left.',
  CHUNK_CORRUPT: 'A chunk was damaged on its way.',
  HASH_MISMATCH: 'What arrived is not what was sent.',
  STALLED: 'Nothing moved for too long.',
  TIMEOUT: 'The agent did not answer in time.',
  CANCELLED: 'It was cancelled.',
  PROTOCOL: 'The agent said something that the hub does not understand.',
  INTERNAL: 'The hub failed; its log says why, under `requestId`.',
};

/** With a status of its own (`answer/database-silent.ts`). */
const DATABASE_SILENT = '`TIMEOUT`: The database does not answer; `Retry-After` says when to try again.';

/** The refusals that a route may answer with: status and description, in order of status. */
export function problemsOf(
  schema: FastifySchema,
  route: Pick<RouteOptions, 'method' | 'url' | 'config'>,
): ReadonlyMap<number, string> {
  const codes = new Set<ErrorCode>([...generalProblems(schema, route), ...(route.config?.problems ?? [])]);
  const found = new Map<number, string[]>();
  for (const code of codes) {
    const { httpStatus } = errorCodes[code];
    found.set(httpStatus, [...(found.get(httpStatus) ?? []), `\`${code}\`: ${meanings[code]}`]);
  }
  if (schema.body !== undefined) found.set(415, ['`VALIDATION`: The body is not `application/json`.']);
  if (asksDatabase(route)) found.set(503, [...(found.get(503) ?? []), DATABASE_SILENT]);
  if (takesVersion(schema)) found.set(412, ['`CONFLICT`: It was changed since the version in `If-Match`.']);
  const entries = [...found].toSorted(([a], [b]) => a - b);
  return new Map(entries.map(([status, texts]) => [status, texts.join(' ')]));
}

function generalProblems(
  { body, params }: FastifySchema,
  route: Pick<RouteOptions, 'method' | 'url' | 'config'>,
): readonly ErrorCode[] {
  const isAnonymous = isOpenToAll(route);
  return [
    'VALIDATION',
    ...(isAnonymous ? [] : (['UNAUTHENTICATED', 'FORBIDDEN'] as const)),
    ...(params === undefined ? [] : (['NOT_FOUND'] as const)),
    ...(body === undefined ? [] : (['TOO_LARGE'] as const)),
    ...(asksDatabase(route) ? (['RATE_LIMITED'] as const) : []),
    'INTERNAL',
  ];
}

/** What strangers may ask as often as they like costs nothing. */
function asksDatabase({ config, ...route }: Pick<RouteOptions, 'method' | 'url' | 'config'>): boolean {
  return !isOpenToAll(route) || (config !== undefined && 'rateLimit' in config);
}

function isOpenToAll({ method, url }: Pick<RouteOptions, 'method' | 'url'>): boolean {
  return isAnonymousRoute([method].flat()[0] ?? '', url);
}

function takesVersion({ headers }: FastifySchema): boolean {
  return headers === ifMatchHeaders;
}
