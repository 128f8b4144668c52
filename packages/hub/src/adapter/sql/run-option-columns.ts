import type { Selectable } from 'kysely';
import type { RunOptions } from '../../domain/run/run.ts';
import type { RunTable } from './schema.ts';

type OptionColumns = Pick<Selectable<RunTable>, 'compression' | 'existing' | 'max_retries' | 'deadline_seconds'>;

/** The rules of a run, as jobs and runs keep them. */
export function optionColumns({ compression, existing, maxRetries, deadlineSeconds }: RunOptions): OptionColumns {
  return { compression, existing, max_retries: maxRetries, deadline_seconds: deadlineSeconds ?? null };
}

export function optionsFrom(row: OptionColumns): RunOptions {
  return {
    compression: row.compression,
    existing: row.existing,
    maxRetries: row.max_retries,
    ...(row.deadline_seconds !== null && { deadlineSeconds: row.deadline_seconds }),
  };
}
