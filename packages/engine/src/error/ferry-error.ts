import { type ErrorCode, type ExitCode, errorCodes } from './codes.ts';

/** Facts about a failure that a program may want; never secrets, never a stack. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

interface FerryErrorOptions {
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/**
 * The one error that Ferryline raises on purpose. The message is for a person: what happened, to what, what to do.
 * Anything else that reaches an edge is a defect and is shown as INTERNAL.
 */
export class FerryError extends Error {
  override readonly name = 'FerryError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: FerryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** Whether the same attempt, made again later by itself, can succeed. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  get httpStatus(): number {
    return errorCodes[this.code].httpStatus;
  }

  get exitCode(): ExitCode {
    return errorCodes[this.code].exitCode;
  }

  /** The error itself when it is ours, else INTERNAL around it: what every edge does with whatever it catches. */
  static from(thrown: unknown): FerryError {
    if (thrown instanceof FerryError) return thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return new FerryError('INTERNAL', `Unexpected failure: ${reason}`, { cause: thrown });
  }
}
