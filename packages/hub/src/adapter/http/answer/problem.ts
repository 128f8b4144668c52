import { STATUS_CODES } from 'node:http';
import { type ErrorCode, type ErrorDetails, errorCodeNames, FerryError } from '@ferryline/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** The one shape in which this interface reports a failure (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'A sentence for a person: what happened, to what, what to do.' }),
    code: z.enum(errorCodeNames).meta({ description: 'What programs branch on: stable, whatever the sentence says.' }),
    requestId: z.string().meta({ description: "Under which the hub's log knows this request." }),
    details: z.record(z.string(), z.unknown()).meta({ description: 'Facts that a program may want.' }),
  })
  .meta({ id: 'Problem' });

interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly details: ErrorDetails;
}

/**
 * Answers with a problem document. What went wrong inside the hub is for its log; whoever asked learns the request id to look for
 * (ATTACKS.md A69).
 */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, code, detail, details } = problemOf(thrown);
  // A refusal that a person can act on (an agent that is offline is a 503 too) is no fault of the hub.
  if (code === 'INTERNAL') request.log.error({ err: thrown }, 'a request failed');
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (typeof details.retryAfterSeconds === 'number') reply.header('retry-after', Math.ceil(details.retryAfterSeconds));
  const title = STATUS_CODES[status] ?? 'Error';
  const document = { type: 'about:blank', title, status, detail, code, requestId: request.id, details };
  // Serialized here: the schemas of a route describe its answers, not its refusals.
  reply
    .code(status)
    .type('application/problem+json')
    .serializer((body) => JSON.stringify(body))
    .send(document);
}

function problemOf(thrown: unknown): Problem {
  if (hasZodFastifySchemaValidationErrors(thrown)) return invalidRequest(thrown);
  if (thrown instanceof FerryError && thrown.code !== 'INTERNAL') {
    const { httpStatus, code, message, details } = thrown;
    return { status: httpStatus, code, detail: message, details };
  }
  return refusedByFramework(thrown) ?? internal;
}

const internal: Problem = {
  status: 500,
  code: 'INTERNAL',
  detail: 'The hub failed to handle the request. Its log says why, under this request id.',
  details: {},
};

interface InvalidRequest {
  readonly validation: readonly { readonly instancePath: string; readonly message?: string | undefined }[];
  readonly validationContext?: string | undefined;
}

function invalidRequest({ validation, validationContext }: InvalidRequest): Problem {
  const fields = validation.map(({ instancePath, message = 'not valid' }) => {
    const path = instancePath.split('/').filter((part) => part !== '');
    return { field: path.join('.') || (validationContext ?? 'request'), message };
  });
  const sentences = fields.map(({ field, message }) => `${field}: ${message}`);
  return {
    status: 400,
    code: 'VALIDATION',
    detail: `The request is not valid. ${sentences.join('; ')}.`,
    details: { fields },
  };
}

/** What Fastify refuses by itself: a body that is too large, a path that cannot be decoded. */
function refusedByFramework(thrown: unknown): Problem | undefined {
  if (!(thrown instanceof Error) || !('statusCode' in thrown) || typeof thrown.statusCode !== 'number')
    return undefined;
  if (thrown.statusCode < 400 || thrown.statusCode > 499) return undefined;
  const code = thrown.statusCode === 413 ? 'TOO_LARGE' : 'VALIDATION';
  return { status: thrown.statusCode, code, detail: `${thrown.message.replace(/\.$/, '')}.`, details: {} };
}
