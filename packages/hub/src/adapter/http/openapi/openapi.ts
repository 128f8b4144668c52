import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod';
// The one schema that no route names: it is answered in place of what they describe.
import '../answer/problem.ts';
import { nameComponents } from './component-names.ts';
import { describeOperation } from './describe-operation.ts';

const DESCRIPTION = `The hub of Ferryline: what to move, when, under which rules, and what became of it.

Sign in with \`POST /api/v1/auth/login\` and send the access token in \`Authorization: Bearer\`; scripts use an API key in its place.
Refusals are problem documents (RFC 9457) with a stable \`code\`. Lists come in pages: ask again with \`cursor\` set to \`nextCursor\`.
What belongs to somebody else answers 404.`;

const tags = {
  auth: 'Signing in and out, and who one is',
  users: 'The people who use the hub',
  keys: 'Personal credentials for scripts',
  agents: 'The machines that files can come from and go to',
  tokens: 'The credentials of agents',
  jobs: 'Standing orders',
  'schedule-preview': 'When a schedule would be due',
  runs: 'Executions of jobs, and ad-hoc copies',
  transfers: 'Single files on their way',
  audit: 'Who did what',
  events: 'What happens, as it happens',
  health: 'Whether the hub works',
  metrics: 'How the hub does, in numbers',
};

/** Describes the routes that are registered from now on in OpenAPI 3.1, from the schemas that validate their requests. */
export function describeApi(app: FastifyInstance, version: string): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ferryline hub',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This hub' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From signing in.' },
          apiKey: { type: 'http', scheme: 'bearer', description: 'A personal API key (`frk_…`).' },
        },
      },
    },
    transform: describeOperation,
    transformObject: (document) => nameComponents(jsonSchemaTransformObject(document)),
  });
}
