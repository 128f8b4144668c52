import type { AuditActor, AuditObject, NewAuditEvent } from '../../domain/audit/audit-event.ts';
import type { Principal } from '../auth/principal.ts';

/** What a principal did, as an event for the chain. What they held in their hand is among the facts, unless they were signed in. */
export function auditEvent(
  principal: Principal,
  action: string,
  object: AuditObject | undefined,
  details: Readonly<Record<string, unknown>>,
  at: Date,
): NewAuditEvent {
  const { credential } = principal;
  return {
    at,
    actor: actorOf(principal),
    action,
    ...(object !== undefined && { object }),
    details: credential.kind === 'signIn' ? details : { ...details, credential },
  };
}

function actorOf({ userId, email, address, credential }: Principal): AuditActor {
  return {
    kind: credential.kind === 'schedule' ? 'scheduler' : 'user',
    id: userId,
    name: email,
    ...(address !== undefined && { address }),
  };
}
