/** What an agent is shared for: `read` lets a user copy from it, `write` also to it. Administrators need no grant. */
export const grantAccesses = ['read', 'write'] as const;
export type GrantAccess = (typeof grantAccesses)[number];

/** An agent shared with a user. */
export interface Grant {
  readonly agentId: number;
  readonly userId: number;
  readonly access: GrantAccess;
}

/** Whether a grant, or none, opens an agent that far. */
export function grantOpens(grant: GrantAccess | undefined, wanted: GrantAccess): boolean {
  return grant === 'write' || (grant === 'read' && wanted === 'read');
}
