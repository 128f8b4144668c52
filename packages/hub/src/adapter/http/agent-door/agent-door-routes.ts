import type { IncomingMessage } from 'node:http';
import { MAX_CONTROL_MESSAGE_BYTES, MAX_LANE_MESSAGE_BYTES } from '@ferryline/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { PolledSessions } from '../../../application/agent/polled-sessions.ts';
import type { StrangerSockets } from '../middleware/stranger-sockets.ts';
import { ArrivingBodies } from './arriving-bodies.ts';
import { agentOf, requireAgent } from './polling-agent.ts';
import { fetchQuery, postQuery, sessionQuery } from './session-queries.ts';
import { wholeBody } from './whole-body.ts';

/** Sessions that one agent may be making: the one that it means, and one that was cut off while it asked. */
const MAX_OPENINGS = 2;

export interface AgentDoorOptions {
  readonly sessions: PolledSessions;
  readonly strangers: StrangerSockets;
}

/** The agents' door for agents that poll (PROTOCOL.md section 1.4). No part of the interface for people, nor of its description. */
export const agentDoorRoutes: FastifyPluginAsyncZod<AgentDoorOptions> = async (app, { sessions, strangers }) => {
  const arriving = new ArrivingBodies();
  requireAgent(app, sessions, strangers);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(['application/json', 'application/octet-stream'], readBody);

  const control = { bodyLimit: MAX_CONTROL_MESSAGE_BYTES, config: { isRoutine: true } };
  const lane = { bodyLimit: MAX_LANE_MESSAGE_BYTES, config: { isRoutine: true, takesBytes: true } };
  const fetching = { schema: { hide: true, querystring: fetchQuery }, exposeHeadRoute: false };

  /** One body at a time arrives for a stream of a session that is there. */
  const oneAtATime = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { session } = request.query as { readonly session?: unknown };
    sessions.find(agentOf(request), String(session));
    arriving.add(`${request.routeOptions.url} ${session}`, 1, reply.raw);
  };

  app.post(
    '/session',
    {
      schema: { hide: true },
      ...control,
      onRequest: async (request, reply) =>
        arriving.add(`session of ${agentOf(request).agent.id}`, MAX_OPENINGS, reply.raw),
    },
    async (request, reply) => {
      const welcome = await sessions.open(agentOf(request), request.ip, bodyOf(request));
      return reply.type('application/json').send(welcome);
    },
  );

  app.delete('/session', { schema: { hide: true, querystring: sessionQuery }, ...control }, async (request, reply) => {
    sessions.find(agentOf(request), request.query.session).end();
    return reply.code(204).send();
  });

  app.get('/poll', { ...fetching, ...control }, async (request, reply) => {
    const session = sessions.find(agentOf(request), request.query.session);
    const found = await session.poll(request.query.after, goneSignal(reply));
    if (found === undefined) return reply.code(204).send();
    return reply.type('application/json').send(`{"seq":${found.seq},"messages":[${found.answer.join(',')}]}`);
  });

  app.post(
    '/messages',
    { schema: { hide: true, querystring: postQuery }, ...control, onRequest: oneAtATime },
    async (request, reply) => {
      const session = sessions.find(agentOf(request), request.query.session);
      await session.takeMessages(request.query.seq, bodyOf(request), goneSignal(reply));
      return reply.code(204).send();
    },
  );

  app.get('/lane', { ...fetching, ...lane }, async (request, reply) => {
    const session = sessions.find(agentOf(request), request.query.session);
    const found = await session.pollLane(request.query.after, goneSignal(reply));
    if (found === undefined) return reply.code(204).send();
    const { seq, answer } = found;
    return reply.header('ferry-seq', seq).type('application/octet-stream').send(Buffer.concat(answer));
  });

  app.post(
    '/lane',
    { schema: { hide: true, querystring: postQuery }, ...lane, onRequest: oneAtATime },
    async (request, reply) => {
      const session = sessions.find(agentOf(request), request.query.session);
      await session.takeFrames(request.query.seq, bodyOf(request));
      return reply.code(204).send();
    },
  );
};

async function readBody(request: FastifyRequest, body: IncomingMessage): Promise<Buffer> {
  return wholeBody(body, request.routeOptions.bodyLimit);
}

/** The body as it came; empty when there was none. */
function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** Says when whoever asked has gone. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
