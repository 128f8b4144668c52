import { text } from 'node:stream/consumers';
import { type ErrorCode, errorCodeNames, errorCodes, FerryError } from '@ferryline/engine';
import type { z } from 'zod';
import type { HubConnection } from './hub-connection.ts';
import { problemSchema } from './resources.ts';
import { unreachable } from './unreachable.ts';

/** Longer than any answer of a healthy hub takes, shorter than a person's patience. */
const REQUEST_TIMEOUT_MS = 30_000;

export interface HubRequest<Schema extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, without a leading slash; path segments already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly accessToken?: string;
  /** Makes a POST that is sent again mean no second thing. */
  readonly idempotencyKey?: string;
  readonly schema: Schema;
}

/**
 * Asks the hub once.
 *
 * @throws FerryError the hub's own, with its code, when it refuses; AGENT_OFFLINE when it cannot be reached or does not answer in
 * time; PROTOCOL when the answer is not what a hub of this version says.
 */
export async function requestHub<Schema extends z.ZodType>(
  hub: HubConnection,
  request: HubRequest<Schema>,
): Promise<z.infer<Schema>> {
  const { status, body } = await exchange(hub, request);
  if (!isSuccess(status)) throw refusal(hub.baseUrl, status, body);
  const answer = request.schema.safeParse(parseJson(body));
  if (answer.success) return answer.data;
  throw new FerryError(
    'PROTOCOL',
    `${hub.baseUrl} answered ${request.method} ${request.path} with something that this ferry does not understand. ` +
      'Check that it is the address of a Ferryline hub, and that hub and ferry are of the same version.',
    { cause: answer.error },
  );
}

async function exchange(
  hub: HubConnection,
  request: HubRequest<z.ZodType>,
): Promise<{ readonly status: number; readonly body: string }> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  try {
    const answer = await hub.send(pathAndQuery(request), {
      method: request.method,
      headers: headersOf(request),
      signal,
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    return { status: answer.statusCode ?? 0, body: await text(answer) };
  } catch (thrown) {
    throw unreachable(hub.baseUrl, signal.aborted ? signal.reason : thrown);
  }
}

function pathAndQuery({ path, query = {} }: HubRequest<z.ZodType>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

function headersOf({ accessToken, body, idempotencyKey }: HubRequest<z.ZodType>): Readonly<Record<string, string>> {
  return {
    accept: 'application/json, application/problem+json',
    ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  };
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The hub's problem document as the error it was made from. */
export function refusal(baseUrl: string, status: number, text: string): FerryError {
  const problem = problemSchema.safeParse(parseJson(text)).data ?? {};
  const message = problem.detail ?? problem.title ?? `${baseUrl} answered with HTTP status ${status}.`;
  return new FerryError(problem.code ?? codeOfStatus(status), message, { details: { status } });
}

/** The first code that answers with this status: good enough for a proxy in between that knows no codes. */
function codeOfStatus(status: number): ErrorCode {
  if (status >= 300 && status < 400) return 'PROTOCOL';
  if (status === 502 || status === 503 || status === 504) return 'AGENT_OFFLINE';
  return errorCodeNames.find((code) => errorCodes[code].httpStatus === status) ?? 'INTERNAL';
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
