import type { TransferRef } from '@ferryline/engine';
import type { Kysely } from 'kysely';
import type { Run } from '../../domain/run/run.ts';
import type { NewTransfer } from '../../domain/transfer/transfer.ts';
import type { Database } from './schema.ts';
import { SqlAgentRepository } from './sql-agent-repository.ts';
import { SqlRunRepository } from './sql-run-repository.ts';
import type { SqlStore } from './sql-store.ts';
import { SqlUserRepository } from './sql-user-repository.ts';

/** The moment at which everything in tests is made. */
export const exampleNow = (): Date => new Date('2026-05-04T12:00:00.000Z');

/** A user, two agents and a run between them, for tests. */
export async function createExampleRun(db: Kysely<Database>): Promise<Run> {
  const users = new SqlUserRepository(db, exampleNow);
  const agents = new SqlAgentRepository(db, exampleNow);
  const suffix = await users.count();
  const user = await users.create({ email: `user${suffix}@example.com`, role: 'user', passwordHash: 'none' });
  const source = await agents.create({ name: `web-${suffix}`, description: '', labels: [] });
  const destination = await agents.create({ name: `vault-${suffix}`, description: '', labels: [] });
  return new SqlRunRepository(db, exampleNow).create({
    userId: user.id,
    trigger: 'api',
    type: 'push',
    selection: { include: [], exclude: [] },
    source: { agentId: source.id, place: { root: '/srv', names: ['data'] } },
    destination: { agentId: destination.id, place: { root: '/in', names: [] } },
    intoDestination: true,
    options: { compression: 'auto', existing: 'replace', maxRetries: 5 },
  });
}

/** A planned transfer of the run. */
export function exampleTransfer(
  run: Run,
  ordinal: number,
  names: readonly string[] = [`file ${ordinal}`],
): NewTransfer {
  return {
    runId: run.id,
    userId: run.userId,
    ordinal,
    filename: names.at(-1) ?? 'data',
    sizeBytes: 3_000_000,
    sourceAgentId: run.source.agentId,
    source: { root: '/srv', names: ['data', ...names] },
    destinationAgentId: run.destination.agentId,
    destination: { root: '/in', names: ['data', ...names] },
    identity: {
      dev: '2049',
      ino: '18446744073709551615',
      size: 3_000_000,
      mtimeNs: '1700000000123456789',
      ctimeNs: '-1',
    },
    mode: 0o640,
    mtimeNs: '1700000000123456789',
    compression: 'zstd',
    chunkSizeBytes: 1_048_576,
    totalChunks: 3,
    maxRetries: 5,
  };
}

/** Plans so many more transfers of the run; returns them in their first attempt. */
export async function planTransfers(store: SqlStore, run: Run, count: number): Promise<readonly TransferRef[]> {
  const before = await store.transfers.listUnsettled(run.id, 0, 10_000);
  const ordinals = Array.from({ length: count }, (_, at) => before.length + at);
  await store.transfers.createBatch(ordinals.map((ordinal) => exampleTransfer(run, ordinal)));
  const added = await store.transfers.listUnsettled(run.id, before.at(-1)?.id ?? 0, count);
  return added.map(({ id, attempt }) => ({ transfer: id, attempt }));
}
