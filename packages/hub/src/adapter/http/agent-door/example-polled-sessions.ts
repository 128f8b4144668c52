import { FerryError } from '@ferryline/engine';
import type { PolledSession, PolledSessions } from '../../../application/agent/polled-sessions.ts';
import { secretHash } from '../../../application/token/token-secret.ts';
import type { TokenService } from '../../../application/token/token-service.ts';

/** Sessions as agents have them that poll, for tests: every agent has one, under its own name, with nothing in it. */
export function examplePolledSessions(tokens: Pick<TokenService, 'authenticate'>): PolledSessions {
  const session: PolledSession = {
    poll: async () => undefined,
    takeMessages: async () => undefined,
    pollLane: async () => undefined,
    takeFrames: async () => undefined,
    end: () => undefined,
  };
  return {
    async authenticate(secret) {
      const { agent, token } = await tokens.authenticate(secret);
      return { agent, token, secretHash: secretHash(secret) };
    },
    open: async ({ agent }) => JSON.stringify({ type: 'welcome', session: agent.name }),
    find({ agent }, sessionId) {
      if (sessionId === agent.name) return session;
      throw new FerryError('NOT_FOUND', 'There is no such session of this agent.');
    },
  };
}
