import type { GrantAccess } from '../../domain/agent/grant.ts';
import { grantOpens } from '../../domain/agent/grant.ts';
import { exhaustive, FerryError } from '../../domain/common/errors.ts';
import type { Scope } from '../../domain/user/api-key.ts';
import type { Principal } from './principal.ts';

/**
 * What can be done to an object: `read` it; `run` it (start, cancel, retry; of an agent: copy from it); `fill` an agent (copy to it);
 * `write` it (create, change, remove); `account`: what only its owner, signed in, may do (passwords, keys, sign-ins).
 */
export type Action = 'read' | 'run' | 'fill' | 'write' | 'account';

/** What something is done to, with what decides about it. */
export type Subject =
  | { readonly kind: 'job' | 'run' | 'transfer' | 'apiKey' | 'signIn' | 'user'; readonly ownerId: number }
  | { readonly kind: 'agent'; readonly grant: GrantAccess | undefined }
  /** What belongs to the hub as a whole: every user, every agent token, the audit chain. */
  | { readonly kind: 'hub' };

type Verdict = 'allowed' | 'hidden' | 'forbidden';

/** Whether the principal may do that: the one place where rights are decided (ATTACKS.md A20). Owning everything is what makes an administrator. */
export function can(principal: Principal, action: Action, subject: Subject): boolean {
  return judge(principal, action, subject) === 'allowed';
}

/**
 * @param what completes "Only an administrator may …", or names the object for "There is no …" when it must stay hidden
 * @throws FerryError NOT_FOUND when the principal may not even see the object, FORBIDDEN when they may see it but not do that.
 */
export function authorize(
  principal: Principal,
  action: Action,
  subject: Subject,
  what: { readonly named: string; readonly doing: string },
): void {
  const verdict = judge(principal, action, subject);
  if (verdict === 'allowed') return;
  if (verdict === 'hidden') throw new FerryError('NOT_FOUND', `There is no ${what.named}.`);
  throw new FerryError('FORBIDDEN', refusal(principal, action, what.doing));
}

function refusal(principal: Principal, action: Action, doing: string): string {
  if (action === 'account' && principal.credential.kind !== 'signIn') {
    return `To ${doing}, sign in with your password: an API key cannot.`;
  }
  if (!scopeAllows(principal.scope, action)) {
    return `This API key is for ${principal.scope === 'read' ? 'reading' : 'running'} only, so it cannot ${doing}. Make one with a wider scope.`;
  }
  return `You may not ${doing}. Ask an administrator.`;
}

function judge(principal: Principal, action: Action, subject: Subject): Verdict {
  const byRole = judgeByRole(principal, action, subject);
  if (byRole !== 'allowed') return byRole;
  if (action === 'account' && principal.credential.kind !== 'signIn') return 'forbidden';
  return scopeAllows(principal.scope, action) ? 'allowed' : 'forbidden';
}

function judgeByRole({ role, userId }: Principal, action: Action, subject: Subject): Verdict {
  if (role === 'admin') return 'allowed';
  switch (subject.kind) {
    case 'hub':
      return 'forbidden';
    case 'agent':
      return judgeAgent(subject.grant, action);
    case 'user':
      if (subject.ownerId !== userId) return 'hidden';
      return action === 'read' || action === 'account' ? 'allowed' : 'forbidden';
    case 'job':
    case 'run':
    case 'transfer':
    case 'apiKey':
    case 'signIn':
      return subject.ownerId === userId ? 'allowed' : 'hidden';
    default:
      return exhaustive(subject);
  }
}

function judgeAgent(grant: GrantAccess | undefined, action: Action): Verdict {
  if (grant === undefined) return 'hidden';
  if (action === 'read' || action === 'run') return 'allowed';
  return action === 'fill' && grantOpens(grant, 'write') ? 'allowed' : 'forbidden';
}

function scopeAllows(scope: Scope, action: Action): boolean {
  if (scope === 'full' || action === 'read') return true;
  return scope === 'run' && (action === 'run' || action === 'fill');
}
