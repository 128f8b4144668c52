import { FerryError } from '@ferryline/engine';

/** Statuses of HTTP itself that say more than any of our codes does. */
type RefusalStatus = 405 | 412 | 415 | 421;

/** A refusal of what the request is as HTTP, whatever it asks for: VALIDATION (CONFLICT for 412), with a status of its own. */
export class HttpRefusal extends FerryError {
  readonly #status: RefusalStatus;

  constructor(status: RefusalStatus, message: string, details: FerryError['details'] = {}) {
    super(status === 412 ? 'CONFLICT' : 'VALIDATION', message, { details });
    this.#status = status;
  }

  override get httpStatus(): number {
    return this.#status;
  }
}
