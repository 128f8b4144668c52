import { FerryError } from '../common/errors.ts';

/** The database refuses what was to be recorded, and would refuse it for ever: no later attempt, restart or free disk helps. */
export class RecordRefused extends FerryError {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super('INTERNAL', `The database refuses a record of this run, and always will: ${reason}`, { cause });
  }
}
