import { randomUUID } from 'node:crypto';
import type { AuditEvent } from './audit-trail.ts';
import type { Answer, Shown } from './hub-client.ts';
import type { Ledger } from './ledger.ts';
import type { Change } from './life.ts';

/** Something that can be looked at and changed. */
export interface Thing {
  /** As in `agents/17`. */
  readonly path: string;
  readonly id: number;
  readonly etag: string;
}

export function thingAt(collection: string, { body, etag }: Answer): Thing {
  const id = Number(body.id);
  return { path: `${collection}/${id}`, id, etag };
}

interface Making {
  /** Where the thing will be found; where it is asked for, unless `at` says otherwise. */
  readonly collection: string;
  readonly at?: string;
  readonly body?: object;
  readonly action: string;
  /** Whether an event with that action tells of this thing: by what only this one has. */
  isOfThis(event: AuditEvent): boolean;
  /** What is shown of it. */
  readonly shown: Shown;
  /** What else the hub shows from then on. */
  alsoNote?(ledger: Ledger, answer: Answer): void;
}

/** Makes a thing: once, however often it is asked for. */
export function making({ collection, at = collection, body, action, isOfThis, shown, alsoNote }: Making): Change {
  return {
    kind: 'change',
    request: { method: 'POST', path: at, headers: { 'idempotency-key': randomUUID() }, ...(body && { body }) },
    success: 201,
    repeated: 'replayed',
    isToldBy: (event, answer) =>
      event.action === action &&
      isOfThis(event) &&
      (answer === undefined || event.object?.id === String(answer.body.id)),
    note: (ledger, answer) => {
      ledger.note(thingAt(collection, answer).path, shown);
      alsoNote?.(ledger, answer);
    },
  };
}

interface Changing {
  readonly thing: Thing;
  readonly body: object;
  readonly action: string;
  readonly shown: Shown;
  /** What else changes with it. */
  alsoNote?(ledger: Ledger): void;
}

/** Changes a thing that is as it was seen last. */
export function changing({ thing: { path, id, etag }, body, action, shown, alsoNote }: Changing): Change {
  return {
    kind: 'change',
    request: { method: 'PATCH', path, body, headers: { 'if-match': etag } },
    success: 200,
    repeated: 412,
    object: path,
    isToldBy: (event) => tells(event, action, id),
    note: (ledger) => {
      ledger.note(path, shown);
      alsoNote?.(ledger);
    },
  };
}

interface Removing {
  readonly thing: Thing;
  readonly action: string;
  /** What else changes with it. */
  alsoNote?(ledger: Ledger): void;
}

/** Removes a thing that is as it was seen last. */
export function removing({ thing: { path, id, etag }, action, alsoNote }: Removing): Change {
  return {
    kind: 'change',
    request: { method: 'DELETE', path, headers: { 'if-match': etag } },
    success: 204,
    repeated: 404,
    isToldBy: (event) => tells(event, action, id),
    note: (ledger) => {
      ledger.remove(path);
      alsoNote?.(ledger);
    },
  };
}

/** Whether the event says that this was done to the thing with that id, of the kind that the action begins with. */
export function tells(event: AuditEvent, action: string, id: number): boolean {
  return event.action === action && event.object?.id === String(id);
}
