import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AuditService } from '../../application/audit/audit-service.ts';
import type { Principal } from '../../application/auth/principal.ts';
import { auditText, type NewAuditEvent } from '../../domain/audit/audit-event.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleNow } from './example-run.ts';
import type { Database } from './schema.ts';
import { SqlStore } from './sql-store.ts';

let database: TemporaryDatabase<Database>;
let store: SqlStore;
let audit: AuditService;

beforeEach(async () => {
  database = await migratedDatabase();
  store = new SqlStore(database.db, exampleNow);
  audit = new AuditService({ store });
});

afterEach(() => database[Symbol.asyncDispose]());

const admin: Principal = {
  userId: 1,
  role: 'admin',
  email: 'admin@example.com',
  scope: 'full',
  credential: { kind: 'signIn', id: 'a' },
};

function event(id: number, rest: Partial<NewAuditEvent> = {}): NewAuditEvent {
  return {
    at: exampleNow(),
    actor: { kind: 'user', id: 1, name: 'admin@example.com', address: '10.1.2.3' },
    action: 'job.created',
    object: { kind: 'job', id: String(id), name: `job "${id}"` },
    details: { number: id, nested: { 'ü\n': [null, true] } },
    ...rest,
  };
}

async function append(count: number): Promise<void> {
  for (let id = 1; id <= count; id += 1) await store.audit.append(event(id));
}

describe('the audit chain', () => {
  test('A76: carries in each event the hash of the one before, over all that it says', async () => {
    await append(3);

    const events = await store.audit.listAfter(0, 10);

    expect(events.map((each) => each.sequence)).toEqual([1, 2, 3]);
    expect(events[0]).toMatchObject({ ...event(1), previousHash: '0'.repeat(64) });
    for (const [at, each] of events.entries()) {
      expect(each.previousHash).toBe(at === 0 ? '0'.repeat(64) : events[at - 1]?.hash);
      expect(each.hash).toBe(hash('sha256', auditText(each, each.sequence, each.previousHash)));
    }
    expect(await audit.verify(admin)).toEqual({ ok: true, length: 3, hash: events[2]?.hash });
  });

  test('holds when it is empty', async () => {
    expect(await audit.verify(admin)).toMatchObject({ ok: true, length: 0 });
  });

  test('has one end, however many append at once, in transactions and outside', async () => {
    await Promise.all(
      Array.from({ length: 40 }, (_, id) =>
        id % 2 === 0
          ? store.audit.append(event(id))
          : store.transaction(async ({ audit: within }) => {
              await within.append(event(id));
              await within.append(event(id + 1_000));
            }),
      ),
    );

    expect(await audit.verify(admin)).toMatchObject({ ok: true, length: 60 });
  });

  test('knows nothing of what was rolled back', async () => {
    await append(1);
    await expect(
      store.transaction(async ({ audit: within }) => {
        await within.append(event(2));
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    await store.audit.append(event(3));

    expect(await audit.verify(admin)).toMatchObject({ ok: true, length: 2 });
  });

  test('is walked in batches, however long it is', async () => {
    await store.transaction(async ({ audit: within }) => {
      for (let id = 1; id <= 2_500; id += 1) await within.append(event(id));
    });

    expect(await audit.verify(admin)).toMatchObject({ ok: true, length: 2_500 });
    let exported = 0;
    for await (const each of audit.export(admin, async () => admin)) exported += each.sequence > 0 ? 1 : 0;
    expect(exported).toBe(2_500);
  });

  test.each([
    ['at', 1],
    ['actor_kind', 'hub'],
    ['actor_id', 2],
    ['actor_name', 'somebody'],
    ['actor_address', '10.9.9.9'],
    ['action', 'job.removed'],
    ['object_kind', 'run'],
    ['object_id', '7'],
    ['object_name', 'other'],
    ['details', '{}'],
    ['hash', 'f'.repeat(64)],
    ['previous_hash', 'f'.repeat(64)],
  ])('A76: shows that somebody changed the %s of an event', async (column, value) => {
    await append(5);
    await sql`update audit_events set ${sql.ref(column)} = ${value} where sequence = 3`.execute(database.db);

    const verdict = await audit.verify(admin);

    // A changed hash is found where the next event does not follow it, or at the event itself.
    expect(verdict).toMatchObject({ ok: false, brokenAt: 3, reason: expect.any(String) });
  });

  test.each([1, 3, 5])('A76: shows that event %i was removed', async (sequence) => {
    await append(5);
    await sql`delete from audit_events where sequence = ${sequence}`.execute(database.db);

    expect(await audit.verify(admin)).toMatchObject({ ok: false, brokenAt: sequence });
  });

  test('A76: shows that an event was removed and those after it moved up', async () => {
    await append(5);
    await sql`delete from audit_events where sequence = 3`.execute(database.db);
    await sql`update audit_events set sequence = sequence - 1 where sequence > 3`.execute(database.db);

    expect(await audit.verify(admin)).toMatchObject({ ok: false, brokenAt: 3 });
  });

  test('A76: shows that two events changed places', async () => {
    await append(5);
    for (const [from, to] of [
      [2, -2],
      [3, 2],
      [-2, 3],
    ]) {
      await sql`update audit_events set sequence = ${to} where sequence = ${from}`.execute(database.db);
    }

    expect(await audit.verify(admin)).toMatchObject({ ok: false, brokenAt: 2 });
  });

  test('A76: takes nothing at a place that is taken', async () => {
    await append(3);
    await sql`update audit_head set length = 2`.execute(database.db);

    await expect(store.audit.append(event(4))).rejects.toThrow();
  });

  test('is narrowed by who, what, on what and when', async () => {
    await append(2);
    await store.audit.append(event(3, { action: 'jobless.made', actor: { kind: 'hub', name: 'hub' } }));
    await store.audit.append(event(4, { at: new Date('2026-06-01T00:00:00Z'), object: { kind: 'run', id: '1' } }));
    const found = async (filter: Parameters<typeof store.audit.list>[0]) =>
      (await audit.list(admin, filter, { limit: 10 })).items.map((each) => each.sequence);

    expect(await found({})).toEqual([4, 3, 2, 1]);
    expect(await found({ action: 'job' })).toEqual([4, 2, 1]);
    expect(await found({ action: 'job.created' })).toEqual([4, 2, 1]);
    expect(await found({ userId: 1 })).toEqual([4, 2, 1]);
    expect(await found({ objectKind: 'job', objectId: '2' })).toEqual([2]);
    expect(await found({ from: new Date('2026-05-05T00:00:00Z') })).toEqual([4]);
    expect(await found({ until: new Date('2026-05-05T00:00:00Z') })).toEqual([3, 2, 1]);
  });

  test('is for administrators', async () => {
    const user = { ...admin, role: 'user' } as const;

    await expect(audit.verify(user)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(audit.list(user, {}, { limit: 1 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(() => audit.export(user, async () => user)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });
});
