import { FerryError } from '@ferryline/engine';
import type { FastifyRequest } from 'fastify';
import type { AuthService } from '../../application/auth/auth-service.ts';
import type { Principal } from '../../application/auth/principal.ts';

/** Where a request keeps who makes it; declared on the server by `http-server.ts`. */
export const PRINCIPAL = 'principal';

export type Authenticate = (request: FastifyRequest) => Promise<void>;

/** A hook that lets nobody pass without a valid access token, and notes whose it is. */
export function authenticateWith(auth: AuthService): Authenticate {
  return async (request) => {
    request.setDecorator<Principal>(PRINCIPAL, await auth.authenticate(bearerToken(request)));
  };
}

/** Who makes the request. Only for routes behind `authenticateWith`. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = request.getDecorator<Principal | null>(PRINCIPAL);
  if (principal === null) throw new Error('this route lies outside of authentication');
  return principal;
}

/** @throws FerryError FORBIDDEN for everybody but administrators; `what` completes "Only an administrator may …". */
export function requireAdministrator(request: FastifyRequest, what: string): void {
  if (principalOf(request).role !== 'admin') throw new FerryError('FORBIDDEN', `Only an administrator may ${what}.`);
}

function bearerToken(request: FastifyRequest): string {
  const token = /^Bearer ([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) {
    throw new FerryError('UNAUTHENTICATED', 'Sign in first: send the access token in Authorization: Bearer.');
  }
  return token;
}
