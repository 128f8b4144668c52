import { type ErrorCode, errorCodeNames, errorCodes, FerryError } from '@ferryline/engine';
import type { z } from 'zod';
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
  baseUrl: string,
  request: HubRequest<Schema>,
): Promise<z.infer<Schema>> {
  const url = new URL(`${baseUrl}/api/v1/${request.path}`);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const { status, text } = await send(baseUrl, url, request);
  if (status < 200 || status > 299) throw refusal(baseUrl, status, text);
  const answer = request.schema.safeParse(parseJson(text));
  if (answer.success) return answer.data;
  throw new FerryError(
    'PROTOCOL',
    `${baseUrl} answered ${request.method} ${request.path} with something that this ferry does not understand. ` +
      'Check that it is the address of a Ferryline hub, and that hub and ferry are of the same version.',
    { cause: answer.error },
  );
}

async function send(
  baseUrl: string,
  url: URL,
  request: HubRequest<z.ZodType>,
): Promise<{ status: number; text: string }> {
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' };
  if (request.accessToken !== undefined) headers.authorization = `Bearer ${request.accessToken}`;
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  if (request.idempotencyKey !== undefined) headers['idempotency-key'] = request.idempotencyKey;
  try {
    const response = await fetch(url, {
      method: request.method,
      headers,
      // A redirect would carry the credentials to wherever it points.
      redirect: 'manual',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    return { status: response.status, text: await response.text() };
  } catch (thrown) {
    throw unreachable(baseUrl, thrown);
  }
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
