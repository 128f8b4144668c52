import type { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuthService } from '../../../application/auth/auth-service.ts';
import type { EventFeed } from '../../../application/events/event-feed.ts';
import { type FeedKind, feedKinds } from '../../../application/events/feed-event.ts';
import { authenticate, principalOf } from '../middleware/authentication.ts';
import { EventStream } from './event-stream.ts';

const oneKind = `(?:${feedKinds.join('|')})`;
const kindList = new RegExp(`^${oneKind}(?:,${oneKind}){0,${feedKinds.length - 1}}$`);

const eventQuery = z.strictObject({
  kinds: z
    .string()
    .regex(kindList, `expected some of ${feedKinds.join(', ')}, with commas in between`)
    .transform((text) => new Set(text.split(',') as FeedKind[]))
    .meta({
      type: 'string',
      pattern: kindList.source,
      examples: [...feedKinds, 'run,agent'],
      description: `Which events: some of ${feedKinds.map((kind) => `\`${kind}\``).join(', ')}, with commas in between. All when left out.`,
    })
    .exactOptional(),
});

const DESCRIPTION = `Server-sent events about what you may read, until you hang up. Each has an \`event\` (its name), an \`id\` (its number in
this stream) and \`data\` (JSON, in the words of the resource that it is about):

- \`reset\` \`{}\`: read again what you show. The first event of every stream; missed events are not sent again, so \`Last-Event-ID\` is not heeded.
- \`runChanged\` \`{id, jobId?, state, counters, error?, startedAt?, endedAt?}\`: made or changed.
- \`transferChanged\` \`{id, runId, state, attempt, retryCount, completedChunks, bytesTransferred, wireBytes, error?, endedAt?}\`.
- \`transfersChanged\` \`{runId}\`: so many transfers of the run changed that they are not told one by one.
- \`agentChanged\` \`{id, name, status, transport?, lastSeenAt?}\`, \`agentRemoved\` \`{id}\` (to administrators).
- \`jobChanged\` \`{id, name, status}\`, \`jobRemoved\` \`{id}\`.

What changes often is told twice a second, in its newest state. The stream ends with the credential that opened it, at the latest when
the access token expires: come again with a new one. One user may have 10 streams.`;

/** Sent as it comes. */
const streamSchema = z.custom<Readable>().meta({ type: 'string' });

export interface EventRoutesOptions {
  readonly events: EventFeed;
  readonly auth: AuthService;
}

/** `/events`: what happens, as it happens. */
export const eventRoutes: FastifyPluginAsyncZod<EventRoutesOptions> = async (app, { events, auth }) => {
  const open = new Set<EventStream>();
  // The server waits for every answer to end before it closes, and these do not by themselves.
  app.addHook('preClose', async () => {
    for (const stream of open) stream.end();
  });

  app.get(
    '/events',
    {
      // Asked for its head alone, it would listen on for nobody.
      exposeHeadRoute: false,
      schema: {
        operationId: 'listenToEvents',
        summary: 'What happens, as it happens',
        description: DESCRIPTION,
        querystring: eventQuery,
        response: { 200: { description: 'Events', content: { 'text/event-stream': { schema: streamSchema } } } },
      },
    },
    async (request, reply) => {
      const stream = new EventStream(() => reply.raw.destroy());
      const unsubscribe = events.subscribe({
        principal: principalOf(request),
        // With what they showed at the door: whatever would refuse it there ends the stream (ATTACKS.md A15).
        identify: () => authenticate(auth, request),
        kinds: request.query.kinds ?? new Set(feedKinds),
        sink: stream,
      });
      open.add(stream);
      reply.raw.once('close', () => {
        open.delete(stream);
        unsubscribe();
        stream.closed();
      });
      // nginx would otherwise keep events until a buffer is full.
      reply.header('x-accel-buffering', 'no');
      reply.type('text/event-stream');
      return reply.send(stream.body);
    },
  );
};
