import { STATUS_CODES } from 'node:http';
import type { SwaggerTransform } from '@fastify/swagger';
import type { FastifySchema, RouteOptions } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { isAnonymousRoute } from '../middleware/anonymous-routes.ts';
import { emptyBody } from '../request/empty-body.ts';
import { onceHeaders } from '../request/once-request.ts';
import { problemsOf } from './route-problems.ts';

const PREFIX = '/api/v1/';

/** The headers of an answer that a client may act on. */
const requestIdHeader = {
  'X-Request-Id': { type: 'string', description: "The hub's log knows the request under it." },
};
const replayedHeader = {
  'Idempotency-Replayed': { type: 'string', enum: ['true'], description: 'The request is a repeated one.' },
};

/** Describes a route from its schemas, with what they leave unsaid: its tag, who may ask, what it refuses with. */
export const describeOperation: SwaggerTransform = ({ schema, url, route, ...document }) => {
  if (schema === undefined || schema.hide === true) return { schema: { hide: true }, url };
  const described = jsonSchemaTransform({ schema: withoutEmptyBody(schema), url, route, ...document }).schema;
  return {
    url,
    schema: {
      ...described,
      tags: [tagOf(url)],
      security: isAnonymousRoute(String(route.method), url) ? [] : [{ accessToken: [] }, { apiKey: [] }],
      response: { ...answers(schema, described.response), ...refusals(schema, route) },
    },
  };
};

/** What stands beside the interface (`/metrics`) is its own tag. */
function tagOf(url: string): string {
  const path = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : url.slice(1);
  return path.split('/', 1)[0] ?? '';
}

/** A body that may as well be left out is nothing to read about. */
function withoutEmptyBody(schema: FastifySchema): FastifySchema {
  if (schema.body !== emptyBody) return schema;
  const { body: _none, ...rest } = schema;
  return rest;
}

/** The answers as jsonSchemaTransform described them, each with a word and with its headers. */
function answers({ headers: asked }: FastifySchema, described: unknown): Record<string, unknown> {
  const headers = { ...requestIdHeader, ...(asked === onceHeaders && replayedHeader) };
  const found = Object.entries(described as Record<string, Record<string, unknown>>);
  return Object.fromEntries(
    found.map(([status, answer]) => {
      const description = answer.description ?? STATUS_CODES[status] ?? 'The answer';
      if (answer.content !== undefined) return [status, { ...answer, description, headers }];
      if (answer.type === 'null') return [status, { type: 'null', description, headers }];
      return [status, { description, headers, content: { 'application/json': { schema: answer } } }];
    }),
  );
}

function refusals(schema: FastifySchema, route: RouteOptions): Record<string, unknown> {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const found = [...problemsOf(schema, route)];
  return Object.fromEntries(found.map(([status, description]) => [status, { description, content }]));
}
