import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** Removes a row whose version is still that one (any, when undefined); returns whether it did. */
export async function deleteVersion(
  db: Kysely<Database>,
  table: 'agents' | 'jobs' | 'users',
  id: number,
  version: number | undefined,
): Promise<boolean> {
  let query = db.deleteFrom(table).where('id', '=', id);
  if (version !== undefined) query = query.where('revision', '=', version);
  const { numDeletedRows } = await query.executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
