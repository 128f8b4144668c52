import cookie from '@fastify/cookie';
import type { FastifyPluginAsync } from 'fastify';
import { agentRoutes } from './agent/agent-routes.ts';
import { grantRoutes } from './agent/grant-routes.ts';
import { auditRoutes } from './audit/audit-routes.ts';
import { accountRoutes } from './auth/account-routes.ts';
import { authRoutes } from './auth/auth-routes.ts';
import { setupRoutes } from './auth/setup-routes.ts';
import { signInRoutes } from './auth/sign-in-routes.ts';
import { eventRoutes } from './events/event-routes.ts';
import { healthRoutes } from './health/health-routes.ts';
import type { HttpOptions } from './http-options.ts';
import type { HttpServices } from './http-services.ts';
import { jobRoutes } from './job/job-routes.ts';
import { JobView } from './job/job-view.ts';
import { scheduleRoutes } from './job/schedule-routes.ts';
import { keyRoutes } from './key/key-routes.ts';
import { requirePrincipal } from './middleware/authentication.ts';
import { limitUsers } from './middleware/rate-limits.ts';
import { docsRoutes } from './openapi/docs-routes.ts';
import { runRoutes } from './run/run-routes.ts';
import { RunView } from './run/run-view.ts';
import { tokenRoutes } from './token/token-routes.ts';
import { transferRoutes } from './transfer/transfer-routes.ts';
import { userRoutes } from './user/user-routes.ts';

export interface ApiRoutesOptions {
  readonly services: HttpServices;
  readonly version: string;
  readonly options: HttpOptions;
}

/** Everything under `/api/v1`. Who asks is known before any route looks at the request, but for those that are open to all. */
export const apiRoutes: FastifyPluginAsync<ApiRoutesOptions> = async (api, { services, version, options }) => {
  const { auth, users, keys, agents, grants, tokens, jobs, runs, transfers, audit, events, health } = services;
  const runView = new RunView({ agents, jobs });
  const jobView = new JobView({ agents, jobs, users });

  requirePrincipal(api, auth);
  limitUsers(api, options.requestsPerMinute);

  api.register(healthRoutes, { health, version });
  api.register(docsRoutes);
  api.register(async (signingIn) => {
    await signingIn.register(cookie);
    signingIn.register(authRoutes, { auth, ...options });
    signingIn.register(setupRoutes, { auth, ...options });
  });
  api.register(accountRoutes, { auth });
  api.register(signInRoutes, { auth });
  api.register(userRoutes, { users });
  api.register(keyRoutes, { keys });
  api.register(agentRoutes, { agents });
  api.register(grantRoutes, { grants });
  api.register(tokenRoutes, { tokens, agents });
  api.register(jobRoutes, { jobs, jobView, runView });
  api.register(scheduleRoutes, { jobs });
  api.register(runRoutes, { runs, runView });
  api.register(transferRoutes, { transfers, agents });
  api.register(auditRoutes, { audit, auth });
  api.register(eventRoutes, { events, auth });
};
