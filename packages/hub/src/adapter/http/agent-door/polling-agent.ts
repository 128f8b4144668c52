import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PolledSessions, PollingAgent } from '../../../application/agent/polled-sessions.ts';
import { presentedToken } from '../../../application/token/presented-token.ts';
import type { StrangerSockets } from '../middleware/stranger-sockets.ts';

/** Where a request keeps which agent makes it. */
const AGENT = 'pollingAgent';

/** Lets nobody pass but agents, by their tokens, before anything of a body is read. No user and no API key opens this door. */
export function requireAgent(app: FastifyInstance, sessions: PolledSessions, strangers: StrangerSockets): void {
  app.decorateRequest(AGENT, null);
  app.addHook('onRequest', async (request) => {
    const { session } = request.query as { readonly session?: unknown };
    const sessionId = typeof session === 'string' ? session : undefined;
    const agent = await sessions.authenticate(presentedToken(request.headers), request.ip, sessionId);
    request.setDecorator<PollingAgent>(AGENT, agent);
    strangers.admit(request.raw.socket);
  });
}

/** Which agent makes the request. Only behind `requireAgent`. */
export function agentOf(request: FastifyRequest): PollingAgent {
  return request.getDecorator<PollingAgent>(AGENT);
}
