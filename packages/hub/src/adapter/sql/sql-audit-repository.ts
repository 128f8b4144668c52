import { hash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { type AuditEvent, auditText, type NewAuditEvent } from '../../domain/audit/audit-event.ts';
import type { AuditFilter, AuditHead, AuditRepository } from '../../domain/audit/audit-repository.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { auditEventFrom, auditEventRow } from './audit-row.ts';
import { pageOf, pageQuery } from './keyset.ts';
import type { AuditEventTable, Database } from './schema.ts';
import { beginsWithText } from './text-condition.ts';
import { inTransaction } from './transaction.ts';

const HEAD = 1;
const sortColumns = { id: 'sequence' } as const satisfies Record<string, keyof AuditEventTable>;

export class SqlAuditRepository implements AuditRepository {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async append(event: NewAuditEvent): Promise<AuditEvent> {
    return inTransaction(this.#db, async (db) => {
      // Taking the row first is what gives the events one order: whoever comes second waits here.
      const head = await db
        .updateTable('audit_head')
        .set(({ eb }) => ({ length: eb('length', '+', 1) }))
        .where('id', '=', HEAD)
        .returning(['length', 'hash'])
        .executeTakeFirstOrThrow();
      const { length: sequence, hash: previousHash } = head;
      const chained = {
        ...event,
        sequence,
        previousHash,
        hash: hash('sha256', auditText(event, sequence, previousHash)),
      };
      await db.insertInto('audit_events').values(auditEventRow(chained)).execute();
      await db.updateTable('audit_head').set({ hash: chained.hash }).where('id', '=', HEAD).execute();
      return chained;
    });
  }

  async list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEvent>> {
    let query = this.#db.selectFrom('audit_events').selectAll();
    const { userId, action, objectKind, objectId, from, until } = filter;
    if (userId !== undefined) query = query.where('actor_kind', '=', 'user').where('actor_id', '=', userId);
    if (action?.includes('.') === true) query = query.where('action', '=', action);
    else if (action !== undefined) query = query.where(beginsWithText('action', `${action}.`));
    if (objectKind !== undefined) query = query.where('object_kind', '=', objectKind);
    if (objectId !== undefined) query = query.where('object_id', '=', objectId);
    if (from !== undefined) query = query.where('at', '>=', from.getTime());
    if (until !== undefined) query = query.where('at', '<', until.getTime());
    return pageOf(await pageQuery(query, sortColumns, page).execute(), sortColumns, page, auditEventFrom);
  }

  async listAfter(sequence: number, limit: number): Promise<readonly AuditEvent[]> {
    const rows = await this.#db
      .selectFrom('audit_events')
      .selectAll()
      .where('sequence', '>', sequence)
      .orderBy('sequence')
      .limit(limit)
      .execute();
    return rows.map(auditEventFrom);
  }

  async head(): Promise<AuditHead> {
    return this.#db
      .selectFrom('audit_head')
      .select(['length', 'hash'])
      .where('id', '=', HEAD)
      .executeTakeFirstOrThrow();
  }
}
