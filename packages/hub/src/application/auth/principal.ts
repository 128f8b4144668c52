import type { Scope } from '../../domain/user/api-key.ts';
import type { UserRole } from '../../domain/user/user.ts';

/** By what a principal proved who they are. */
export type Credential =
  | { readonly kind: 'signIn'; readonly id: string }
  | { readonly kind: 'apiKey'; readonly id: number }
  /** The hub itself, for the owner of a job whose tick has come. */
  | { readonly kind: 'schedule'; readonly jobId: number };

/** Who asks: a user, with the rights they have at this moment, narrowed to what their credential is for. */
export interface Principal {
  readonly userId: number;
  readonly role: UserRole;
  readonly email: string;
  readonly scope: Scope;
  readonly credential: Credential;
  /** From where; absent for the hub itself. */
  readonly address?: string;
}

/** Whose things the principal may see: their own, or everybody's (undefined) for an administrator. */
export function visibleUserId({ role, userId }: Principal): number | undefined {
  return role === 'admin' ? undefined : userId;
}
