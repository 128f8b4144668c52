/** Who did it: a person (by which credential is in the details), an agent, the scheduler, or the hub itself. */
export const actorKinds = ['user', 'agent', 'scheduler', 'hub', 'anonymous'] as const;
export type ActorKind = (typeof actorKinds)[number];

export interface AuditActor {
  readonly kind: ActorKind;
  /** Of a user or an agent. */
  readonly id?: number;
  /** As it was called then: an e-mail address, an agent's name. */
  readonly name: string;
  /** From where; absent for the hub itself. */
  readonly address?: string;
}

export interface AuditObject {
  readonly kind: string;
  readonly id: string;
  /** As it was called then. */
  readonly name?: string;
}

/** What happened, before it has its place in the chain. */
export interface NewAuditEvent {
  readonly at: Date;
  readonly actor: AuditActor;
  /** `job.created`, `signIn.failed`: what happened, in the past tense, after the kind of thing it happened to. */
  readonly action: string;
  readonly object?: AuditObject;
  /** Facts, never secrets: what changed, why it was refused. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Who did what, on what, from where, when; each event carries the hash of the one before. */
export interface AuditEvent extends NewAuditEvent {
  /** Position in the chain, from 1, without gaps. */
  readonly sequence: number;
  /** SHA-256 over `auditText` of this event, hexadecimal. */
  readonly hash: string;
  /** The hash of the event before; 64 zeros before the first. */
  readonly previousHash: string;
}

export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

/**
 * What the hash of an event is taken over: every field, in one order, as JSON, so that no two different events read alike. Whoever
 * wants to check an export computes the same.
 */
export function auditText(event: NewAuditEvent, sequence: number, previousHash: string): string {
  const { at, actor, action, object, details } = event;
  return JSON.stringify([
    previousHash,
    sequence,
    at.toISOString(),
    [actor.kind, actor.id ?? null, actor.name, actor.address ?? null],
    action,
    object === undefined ? null : [object.kind, object.id, object.name ?? null],
    // As stored: the text of the details, whatever the order of their keys.
    JSON.stringify(details),
  ]);
}
