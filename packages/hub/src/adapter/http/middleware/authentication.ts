import { FerryError } from '@ferryline/engine';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuthService } from '../../../application/auth/auth-service.ts';
import type { Principal } from '../../../application/auth/principal.ts';
import { isAnonymousRoute } from './anonymous-routes.ts';

/** Where a request keeps who makes it. */
const PRINCIPAL = 'principal';

/** Lets nobody pass to a route that is not on the list of anonymous ones, unless they show who they are. */
export function requirePrincipal(app: FastifyInstance, auth: AuthService): void {
  app.addHook('onRequest', async (request) => {
    if (isAnonymousRoute(request.method, request.routeOptions.url ?? '')) return;
    request.setDecorator<Principal>(PRINCIPAL, await authenticate(auth, request));
  });
}

/** Gives every request a place for who makes it. */
export function declarePrincipal(app: FastifyInstance): void {
  app.decorateRequest(PRINCIPAL, null);
}

/**
 * Who makes the request: by an access token or an API key in `Authorization: Bearer`, and by nothing else. No cookie and no query
 * parameter signs a request (ATTACKS.md A62, A64).
 *
 * @throws FerryError UNAUTHENTICATED.
 */
export function authenticate(auth: AuthService, request: FastifyRequest): Promise<Principal> {
  return auth.authenticate(bearerCredential(request), request.ip);
}

/** Who makes the request. Only for routes that are not anonymous. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principalOrNobody(request);
  if (principal === undefined) throw new Error('this route lies outside of authentication');
  return principal;
}

/** Who makes the request, if that is known by now. */
export function principalOrNobody(request: FastifyRequest): Principal | undefined {
  return request.getDecorator<Principal | null>(PRINCIPAL) ?? undefined;
}

function bearerCredential(request: FastifyRequest): string {
  const credential = /^Bearer ([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(request.headers.authorization ?? '')?.[1];
  if (credential === undefined) {
    throw new FerryError(
      'UNAUTHENTICATED',
      'Sign in first: send an access token or an API key in Authorization: Bearer.',
    );
  }
  return credential;
}
