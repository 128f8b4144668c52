/** What becomes of a request: it gets through (whatever it then finds), or it is refused with one of these. */
export type Verdict = 'through' | 401 | 403 | 404;

/**
 * Who asks. Keys are those of the owner; `stranger` is a user with whom nothing is shared, by sign-in or by a full key. `agent` is an
 * agent that is an end of the thing asked for, or that thing itself, by its agent token; `otherAgent` one that has no part in it.
 */
export interface Rights {
  readonly anonymous: Verdict;
  readonly owner: Verdict;
  readonly stranger: Verdict;
  readonly admin: Verdict;
  readonly readKey: Verdict;
  readonly runKey: Verdict;
  readonly fullKey: Verdict;
  readonly agent: Verdict;
  readonly otherAgent: Verdict;
}

/** An agent token opens the agents' door (at the end of this table) and nothing else, whatever the agent has to do with the thing (ATTACKS.md A12). */
function signedIn(rights: Omit<Rights, 'anonymous' | 'agent' | 'otherAgent'>): Rights {
  return { anonymous: 401, ...rights, agent: 401, otherAgent: 401 };
}

const T = 'through';
/** For everybody; what is asked with is in the request itself, and a credential beside it makes no difference. */
const open: Rights = {
  anonymous: T,
  owner: T,
  stranger: T,
  admin: T,
  readKey: T,
  runKey: T,
  fullKey: T,
  agent: T,
  otherAgent: T,
};
/** Open to those who show nothing; a credential that is shown must be good. */
const openUnlessShown: Rights = { ...open, agent: 401, otherAgent: 401 };
/** About oneself, or a list in which everybody finds what is theirs. */
const anyone = signedIn({ owner: T, stranger: T, admin: T, readKey: T, runKey: T, fullKey: T });
/** Making something of one's own. */
const making = signedIn({ owner: T, stranger: T, admin: T, readKey: 403, runKey: 403, fullKey: T });
/** Doing something to what is one's own, whichever that is. */
const doing = signedIn({ owner: T, stranger: T, admin: T, readKey: 403, runKey: T, fullKey: T });
/** Looking at something, starting or stopping it, changing it: what belongs to somebody else is not there. */
const readOwn = signedIn({ owner: T, stranger: 404, admin: T, readKey: T, runKey: T, fullKey: T });
const runOwn = signedIn({ owner: T, stranger: 404, admin: T, readKey: 403, runKey: T, fullKey: T });
const writeOwn = signedIn({ owner: T, stranger: 404, admin: T, readKey: 403, runKey: 403, fullKey: T });
/** What one does with one's own account, signed in with a password. */
const account = signedIn({ owner: T, stranger: T, admin: T, readKey: 403, runKey: 403, fullKey: 403 });
const accountOwn = signedIn({ owner: T, stranger: 404, admin: T, readKey: 403, runKey: 403, fullKey: 403 });
/** What belongs to the hub as a whole. */
const hub = signedIn({ owner: 403, stranger: 403, admin: T, readKey: 403, runKey: 403, fullKey: 403 });
/** Things that users may see (themselves, agents shared with them) and only administrators change. */
const seenOnly = signedIn({ owner: 403, stranger: 404, admin: T, readKey: 403, runKey: 403, fullKey: 403 });

/** The agents' door: no person and no key passes it. */
const agentsOwn: Rights = {
  anonymous: 401,
  owner: 401,
  stranger: 401,
  admin: 401,
  readKey: 401,
  runKey: 401,
  fullKey: 401,
  agent: T,
  otherAgent: 404,
};
/** Each makes its own. */
const agentsMaking: Rights = { ...agentsOwn, otherAgent: T };

/** Routes that do not stand below `/api/v1`. */
export const rootRoutes: ReadonlySet<string> = new Set([
  'GET /metrics',
  'POST /api/agent/session',
  'DELETE /api/agent/session',
  'GET /api/agent/poll',
  'POST /api/agent/messages',
  'GET /api/agent/lane',
  'POST /api/agent/lane',
]);

/** Every route, and who may use it on what. A route that is not here fails the test (ATTACKS.md A20). */
export const rightsByRoute: Readonly<Record<string, Rights>> = {
  'GET /health': open,
  'GET /health/live': open,
  'GET /health/ready': open,
  'GET /openapi.json': open,
  'GET /docs': open,
  'GET /docs/json': open,
  'GET /docs/yaml': open,
  'GET /docs/static/*': open,
  'GET /docs/static/index.html': open,
  'GET /docs/static/swagger-initializer.js': open,

  'GET /auth/setup': open,
  'POST /auth/setup': open,
  'POST /auth/login': open,
  'POST /auth/refresh': open,
  'POST /auth/logout': openUnlessShown,
  'POST /auth/register': open,
  'GET /auth/me': anyone,
  'POST /auth/password': account,
  'GET /auth/sign-ins': account,
  'DELETE /auth/sign-ins/:id': accountOwn,

  'GET /users': hub,
  'POST /users': hub,
  'GET /users/:id': readOwn,
  'PATCH /users/:id': seenOnly,
  'DELETE /users/:id': seenOnly,
  'POST /users/:id/invitation': seenOnly,

  'GET /keys': anyone,
  'POST /keys': account,
  'POST /keys/:id/revoke': accountOwn,

  'GET /agents': anyone,
  'POST /agents': hub,
  'GET /agents/:id': readOwn,
  'PATCH /agents/:id': seenOnly,
  'DELETE /agents/:id': seenOnly,
  'POST /agents/:id/test': readOwn,
  'GET /agents/:id/files': readOwn,
  'GET /agents/:id/grants': hub,
  'PUT /agents/:id/grants/:userId': hub,
  'DELETE /agents/:id/grants/:userId': hub,

  'GET /tokens': hub,
  'POST /tokens': hub,
  'POST /tokens/:id/revoke': hub,

  'GET /jobs': anyone,
  'POST /jobs': making,
  'GET /jobs/:id': readOwn,
  'PATCH /jobs/:id': writeOwn,
  'DELETE /jobs/:id': writeOwn,
  'POST /jobs/:id/run': runOwn,
  'GET /jobs/:id/plan': runOwn,
  'GET /jobs/:id/schedule': readOwn,
  'GET /schedule-preview': anyone,

  'GET /runs': anyone,
  'POST /runs': doing,
  'GET /runs/:id': readOwn,
  'GET /runs/:id/issues': readOwn,
  'POST /runs/:id/cancel': runOwn,
  'POST /runs/:id/retry': runOwn,

  'GET /transfers': anyone,
  'GET /transfers/:id': readOwn,
  'GET /transfers/:id/chunks': readOwn,
  'POST /transfers/:id/cancel': runOwn,
  'POST /transfers/:id/resume': runOwn,
  'POST /transfers/:id/retry': runOwn,
  'POST /transfers/bulk': doing,

  'GET /events': anyone,

  'GET /audit': hub,
  'GET /audit/verify': hub,
  'GET /audit/export': hub,

  'GET /metrics': hub,

  'POST /api/agent/session': agentsMaking,
  'DELETE /api/agent/session': agentsOwn,
  'GET /api/agent/poll': agentsOwn,
  'POST /api/agent/messages': agentsOwn,
  'GET /api/agent/lane': agentsOwn,
  'POST /api/agent/lane': agentsOwn,
};
