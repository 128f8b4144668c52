import type { Insertable, Selectable } from 'kysely';
import type { AuditActor, AuditEvent, AuditObject } from '../../domain/audit/audit-event.ts';
import type { AuditEventTable } from './schema.ts';

export function auditEventFrom(row: Selectable<AuditEventTable>): AuditEvent {
  const object = objectFrom(row);
  return {
    sequence: row.sequence,
    at: new Date(row.at),
    actor: actorFrom(row),
    action: row.action,
    ...(object !== undefined && { object }),
    details: JSON.parse(row.details),
    hash: row.hash,
    previousHash: row.previous_hash,
  };
}

export function auditEventRow(event: AuditEvent): Insertable<AuditEventTable> {
  const { actor, object } = event;
  return {
    sequence: event.sequence,
    at: event.at.getTime(),
    actor_kind: actor.kind,
    actor_id: actor.id ?? null,
    actor_name: actor.name,
    actor_address: actor.address ?? null,
    action: event.action,
    object_kind: object?.kind ?? null,
    object_id: object?.id ?? null,
    object_name: object?.name ?? null,
    details: JSON.stringify(event.details),
    hash: event.hash,
    previous_hash: event.previousHash,
  };
}

function actorFrom(row: Selectable<AuditEventTable>): AuditActor {
  return {
    kind: row.actor_kind,
    ...(row.actor_id !== null && { id: row.actor_id }),
    name: row.actor_name,
    ...(row.actor_address !== null && { address: row.actor_address }),
  };
}

function objectFrom({ object_kind: kind, object_id: id, object_name: name }: Selectable<AuditEventTable>) {
  if (kind === null || id === null) return undefined;
  const object: AuditObject = { kind, id, ...(name !== null && { name }) };
  return object;
}
