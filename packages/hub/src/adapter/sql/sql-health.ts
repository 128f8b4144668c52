import { type Kysely, sql } from 'kysely';
import type { Health } from '../../application/health/health.ts';
import type { Database } from './schema.ts';

export class SqlHealth implements Health {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async check(): Promise<void> {
    await sql`select 1`.execute(this.#db);
  }
}
