import { FerryError } from '../../domain/common/errors.ts';

/** What of a request at the agents' door says who asks. */
export interface PresentedHeaders {
  readonly authorization?: string | undefined;
  readonly origin?: string | undefined;
  readonly cookie?: string | undefined;
}

/**
 * The secret that a request at the agents' door shows, by whichever transport (PROTOCOL.md section 1).
 *
 * @throws FerryError FORBIDDEN when a browser asks; UNAUTHENTICATED when nothing is shown that could be an agent's token
 */
export function presentedToken({ authorization, origin, cookie }: PresentedHeaders): string {
  if (origin !== undefined || cookie !== undefined) {
    throw new FerryError('FORBIDDEN', 'Agents are not browsers: this endpoint takes no Origin and no Cookie.');
  }
  const secret = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];
  if (secret !== undefined) return secret;
  throw new FerryError('UNAUTHENTICATED', 'Connect with the agent token in Authorization: Bearer.');
}
