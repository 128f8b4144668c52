/**
 * Everything that answers without a sign-in, and nothing else does. Of a GET route its HEAD is open too. Signing in is for
 * strangers by nature; the others tell nothing of what the hub does.
 */
export const anonymousRoutes: ReadonlySet<string> = new Set([
  'POST /api/v1/auth/login',
  // By the refresh token, in the body or in the cookie.
  'POST /api/v1/auth/refresh',
  // By the access token or by the cookie: a browser whose access token has expired must be able to sign out.
  'POST /api/v1/auth/logout',
  // By a one-time code.
  'POST /api/v1/auth/register',
  'GET /api/v1/auth/setup',
  'POST /api/v1/auth/setup',
  'GET /api/v1/health',
  'GET /api/v1/health/live',
  'GET /api/v1/health/ready',
  // The interface is described in the open: it is the same on every hub.
  'GET /api/v1/openapi.json',
  'GET /api/v1/docs',
  'GET /api/v1/docs/json',
  'GET /api/v1/docs/yaml',
  'GET /api/v1/docs/static/index.html',
  'GET /api/v1/docs/static/swagger-initializer.js',
  'GET /api/v1/docs/static/*',
]);

/** Whether the route with this pattern is open to strangers. A page that stands at its prefix does so with and without a slash. */
export function isAnonymousRoute(method: string, pattern: string): boolean {
  return anonymousRoutes.has(`${method === 'HEAD' ? 'GET' : method} ${pattern.replace(/\/$/, '')}`);
}
