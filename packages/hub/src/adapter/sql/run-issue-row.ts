import { hash } from 'node:crypto';
import type { Insertable, Selectable } from 'kysely';
import type { RunIssue } from '../../domain/run/tree-entry.ts';
import type { RunIssueTable } from './schema.ts';

export function runIssueFrom({ path, code, message }: Selectable<RunIssueTable>): RunIssue {
  return { path, ...(code !== null && { code }), message };
}

export function runIssueRow(runId: number, { path, code, message }: RunIssue): Insertable<RunIssueTable> {
  // Hashed, because a path is too long for PostgreSQL to index.
  const digest = hash('sha256', JSON.stringify([path, code ?? null, message]));
  return { run_id: runId, digest, path, code: code ?? null, message };
}
