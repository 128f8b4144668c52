import type { FastifyReply } from 'fastify';

/** Names the version that an answer shows, for `If-Match` with the next change. */
export function tagVersion(reply: FastifyReply, { version }: { readonly version: number }): void {
  reply.header('etag', `"${version}"`);
}
