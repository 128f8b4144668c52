import { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuditService } from '../../../application/audit/audit-service.ts';
import type { AuthService } from '../../../application/auth/auth-service.ts';
import type { AuditEvent } from '../../../domain/audit/audit-event.ts';
import { pageJson, pageSchema } from '../answer/page-json.ts';
import { authenticate, principalOf } from '../middleware/authentication.ts';
import { idText } from '../request/id-params.ts';
import { momentText, pageQuery, pageRequest } from '../request/page-query.ts';
import { auditEventJson, auditEventSchema } from './audit-event-json.ts';

const MAX_WORD_LENGTH = 128;
const word = z.string().min(1).max(MAX_WORD_LENGTH);

const auditQuery = pageQuery.extend({
  user: idText.exactOptional().meta({ description: 'Who did it.' }),
  action: word.exactOptional().meta({ description: 'A whole action (`job.created`) or its first word (`job`).' }),
  objectKind: word.exactOptional(),
  objectId: word.exactOptional(),
  from: momentText.exactOptional(),
  until: momentText.exactOptional(),
});

const verdictSchema = z
  .discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), length: z.int(), hash: z.string() }),
    z.object({ ok: z.literal(false), brokenAt: z.int(), reason: z.string() }),
  ])
  .meta({ id: 'AuditVerdict' });

/** Sent as it is read: however long the chain is, little of it is in memory. */
const linesSchema = z.custom<Readable>().meta({ type: 'string' });

export interface AuditRoutesOptions {
  readonly audit: AuditService;
  readonly auth: AuthService;
}

/** `/audit`: who did what, on what, from where, when. For administrators. */
export const auditRoutes: FastifyPluginAsyncZod<AuditRoutesOptions> = async (app, { audit, auth }) => {
  app.get(
    '/audit',
    {
      schema: {
        operationId: 'listAuditEvents',
        summary: 'Audit events, newest first',
        querystring: auditQuery,
        response: { 200: pageSchema('AuditEventPage', auditEventSchema) },
      },
    },
    async (request) => {
      const { user, action, objectKind, objectId, from, until, ...page } = request.query;
      const filter = {
        ...(user && { userId: user }),
        ...(action && { action }),
        ...(objectKind && { objectKind }),
        ...(objectId && { objectId }),
        ...(from && { from }),
        ...(until && { until }),
      };
      return pageJson(await audit.list(principalOf(request), filter, pageRequest(page)), auditEventJson);
    },
  );

  app.get(
    '/audit/verify',
    {
      schema: {
        operationId: 'verifyAudit',
        summary: 'Check the whole chain',
        description: 'Whether every event is as it was written, and none is missing.',
        response: { 200: verdictSchema },
      },
    },
    async (request) => audit.verify(principalOf(request)),
  );

  app.get(
    '/audit/export',
    {
      // Asked for its head alone, it would read the whole chain to say nothing.
      exposeHeadRoute: false,
      schema: {
        operationId: 'exportAudit',
        summary: 'The whole chain, oldest first, one JSON object a line',
        description:
          'Breaks off when the credential that asked for it ends: what is whole ends as HTTP ends an answer.',
        response: {
          200: { description: 'Audit events', content: { 'application/x-ndjson': { schema: linesSchema } } },
        },
      },
    },
    async (request, reply) => {
      const events = audit.export(principalOf(request), () => authenticate(auth, request));
      // The first is awaited before anything is said: a refusal is still a problem document.
      const first = await events.next();
      reply.header('content-disposition', 'attachment; filename="audit.ndjson"');
      reply.type('application/x-ndjson');
      return reply.send(Readable.from(linesOf(first, events)));
    },
  );
};

async function* linesOf(
  first: IteratorResult<AuditEvent, void>,
  rest: AsyncGenerator<AuditEvent, void>,
): AsyncGenerator<string> {
  if (first.done === true) return;
  yield lineOf(first.value);
  for await (const event of rest) yield lineOf(event);
}

function lineOf(event: AuditEvent): string {
  return `${JSON.stringify(auditEventJson(event))}\n`;
}
