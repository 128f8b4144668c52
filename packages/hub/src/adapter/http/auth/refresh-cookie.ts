import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The cookie in which a browser keeps its refresh token, out of reach of every script. */
export interface RefreshCookie {
  readonly name: string;
  readonly options: CookieSerializeOptions;
}

/**
 * Over HTTPS the name begins with `__Host-`: a browser then takes the cookie from this very host only, for all of it and over HTTPS.
 * Without HTTPS no browser would store it under that name.
 */
export function refreshCookie(secure: boolean): RefreshCookie {
  return {
    name: secure ? '__Host-ferry-refresh' : 'ferry-refresh',
    options: { httpOnly: true, secure, sameSite: 'strict', path: '/' },
  };
}

export function readRefreshCookie(request: FastifyRequest, { name }: RefreshCookie): string | undefined {
  return request.cookies[name];
}

export function setRefreshCookie(
  reply: FastifyReply,
  { name, options }: RefreshCookie,
  refreshToken: string,
  expires: Date,
): void {
  reply.setCookie(name, refreshToken, { ...options, expires });
}

export function clearRefreshCookie(reply: FastifyReply, { name, options }: RefreshCookie): void {
  reply.clearCookie(name, options);
}
