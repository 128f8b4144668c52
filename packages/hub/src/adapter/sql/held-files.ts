import { hash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { HeldFile } from '../../domain/run/run-repository.ts';
import { batches } from './batches.ts';
import type { Database } from './schema.ts';

/** Notes what the destination of a `pull` run holds. */
export async function insertHeldFiles(db: Kysely<Database>, runId: number, files: readonly HeldFile[]): Promise<void> {
  for (const batch of batches(files)) {
    await db
      .insertInto('held_files')
      .values(batch.map((file) => ({ run_id: runId, digest: digestOf(file) })))
      .onConflict((conflict) => conflict.columns(['run_id', 'digest']).doNothing())
      .execute();
  }
}

/** Which of the files are held just so, as positions in `files`. */
export async function selectHeldFiles(
  db: Kysely<Database>,
  runId: number,
  files: readonly HeldFile[],
): Promise<ReadonlySet<number>> {
  const digests = files.map(digestOf);
  const held = new Set<string>();
  for (const batch of batches(digests)) {
    const rows = await db
      .selectFrom('held_files')
      .select('digest')
      .where('run_id', '=', runId)
      .where('digest', 'in', batch)
      .execute();
    for (const { digest } of rows) held.add(digest);
  }
  return new Set(digests.flatMap((digest, at) => (held.has(digest) ? [at] : [])));
}

function digestOf({ names, sizeBytes, mtimeNs }: HeldFile): string {
  return hash('sha256', JSON.stringify([names, sizeBytes, mtimeNs]));
}
