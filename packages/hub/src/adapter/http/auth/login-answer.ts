import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Login } from '../../../application/auth/auth-service.ts';
import { loginJson } from './login-json.ts';
import { type RefreshCookie, setRefreshCookie } from './refresh-cookie.ts';
import { requireSameOrigin } from './same-origin.ts';

const MAX_CLIENT_LENGTH = 256;

export const transportSchema = z
  .enum(['body', 'cookie'])
  .meta({
    description: 'Where the refresh token goes: into the answer (default), or into a cookie that no script can read.',
  })
  .exactOptional();

export type Transport = 'body' | 'cookie';

/** From where somebody signs in, and with what: for the list of their sign-ins and for the audit. */
export function callerOf(request: FastifyRequest): { readonly address: string; readonly client: string } {
  return { address: request.ip, client: (request.headers['user-agent'] ?? '').slice(0, MAX_CLIENT_LENGTH) };
}

/** Signs somebody in and answers in the way that they asked for. A cookie is set only for a page of our own (ATTACKS.md A62). */
export async function answerLogin(
  request: FastifyRequest,
  reply: FastifyReply,
  cookie: RefreshCookie,
  transport: Transport,
  signIn: () => Promise<Login>,
) {
  if (transport === 'body') {
    const login = await signIn();
    return { ...loginJson(login), refreshToken: login.refreshToken };
  }
  requireSameOrigin(request);
  const login = await signIn();
  setRefreshCookie(reply, cookie, login.refreshToken, login.refreshExpiresAt);
  return loginJson(login);
}
