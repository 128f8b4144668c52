import type { Invitation } from '../../domain/user/user-repository.ts';
import { credentialHash } from '../auth/credential-secret.ts';
import { newInvitationCode } from '../auth/invitation-code.ts';

const LIFETIME_MS = 72 * 60 * 60_000;

/** What an administrator hands to a user: with it, until then, they set their password, once. */
export interface InvitationCode {
  readonly code: string;
  readonly until: Date;
}

/** A new code, and what is kept of it. */
export function newInvitation(at: Date): { readonly shown: InvitationCode; readonly kept: Invitation } {
  const code = newInvitationCode();
  const until = new Date(at.getTime() + LIFETIME_MS);
  return { shown: { code, until }, kept: { hash: credentialHash(code), until } };
}
