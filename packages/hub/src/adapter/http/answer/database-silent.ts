import { FerryError } from '@ferryline/engine';

/** A server that is restarted, or a network that is mended, is back in less; or the hub has ended by then. */
const RETRY_AFTER_SECONDS = 5;

/** The hub cannot say what is, or take anything on, because its database does not answer: 503 with `Retry-After`. */
export class DatabaseSilent extends FerryError {
  constructor() {
    super(
      'TIMEOUT',
      "The hub's database does not answer. Try again in a few seconds; look first whether what was to change did change.",
      { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } },
    );
  }

  override get httpStatus(): number {
    return 503;
  }
}
