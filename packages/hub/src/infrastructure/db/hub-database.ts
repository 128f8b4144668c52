import type { Kysely } from 'kysely';

/** What the hub keeps everything in. */
export interface HubDatabase<Schema> {
  readonly db: Kysely<Schema>;
  readonly kind: 'sqlite' | 'postgres';
  /** Resolves when what was asked for is done and every connection is closed. */
  close(): Promise<void>;
}
