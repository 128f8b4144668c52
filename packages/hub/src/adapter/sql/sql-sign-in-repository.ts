import { FerryError } from '@ferryline/engine';
import type { Kysely } from 'kysely';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { SignIn } from '../../domain/user/sign-in.ts';
import type { NewSignIn, Rotation, SignInRepository } from '../../domain/user/sign-in-repository.ts';
import type { Database } from './schema.ts';
import { signInFrom, signInRow } from './sign-in-row.ts';

export class SqlSignInRepository implements SignInRepository {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async listByUser(userId: number, at: Date, { limit, cursor }: PageRequest): Promise<Page<SignIn>> {
    let query = this.#db
      .selectFrom('sign_ins')
      .selectAll()
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', at.getTime())
      .where('ends_at', '>', at.getTime())
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined) {
      const last = await this.getById(cursor);
      if (last?.userId !== userId) {
        throw new FerryError('VALIDATION', 'The cursor is not one that this hub gave out. Start from the first page.');
      }
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('created_at', 'id'), '<', tuple(last.createdAt.getTime(), last.id)),
      );
    }
    const rows = await query.execute();
    const items = rows.slice(0, limit).map(signInFrom);
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last !== undefined && { nextCursor: last.id }) };
  }

  async getById(id: string): Promise<SignIn | undefined> {
    const row = await this.#db.selectFrom('sign_ins').selectAll().where('id', '=', id).executeTakeFirst();
    return row && signInFrom(row);
  }

  async create(signIn: NewSignIn): Promise<SignIn> {
    const row = await this.#db
      .insertInto('sign_ins')
      .values(signInRow(signIn))
      .returningAll()
      .executeTakeFirstOrThrow();
    return signInFrom(row);
  }

  async rotate(id: string, shownHash: string, { refreshHash, at, expiresAt }: Rotation): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('sign_ins')
      .set({ refresh_hash: refreshHash, last_used_at: at.getTime(), expires_at: expiresAt.getTime() })
      .where('id', '=', id)
      .where('refresh_hash', '=', shownHash)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async revoke(id: string, at: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('sign_ins')
      .set({ revoked_at: at.getTime() })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', at.getTime())
      .where('ends_at', '>', at.getTime())
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async revokeByUser(userId: number, at: Date, spare?: string): Promise<number> {
    let update = this.#db
      .updateTable('sign_ins')
      .set({ revoked_at: at.getTime() })
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null);
    if (spare !== undefined) update = update.where('id', '<>', spare);
    const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
    return Number(numUpdatedRows);
  }

  async deleteEndedBefore(moment: Date): Promise<void> {
    const at = moment.getTime();
    await this.#db
      .deleteFrom('sign_ins')
      .where(({ eb, or }) => or([eb('expires_at', '<', at), eb('ends_at', '<', at), eb('revoked_at', '<', at)]))
      .execute();
  }
}
