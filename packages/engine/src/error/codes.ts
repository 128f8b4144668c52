/** What a code means wherever it surfaces: the HTTP status, the CLI's exit code, and whether trying again by itself can help. */
interface CodeTraits {
  readonly httpStatus: number;
  readonly exitCode: ExitCode;
  readonly retryable: boolean;
}

/**
 * The exit codes of `ferry`: 0 ok, 1 wrong usage, 2 partly done, 3 failed, 4 nothing matched, 5 unreachable or denied.
 * Scripts branch on them, so they never change meaning.
 */
export const exitCodes = { ok: 0, usage: 1, partial: 2, failed: 3, notFound: 4, denied: 5 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Every failure Ferryline can report, to a person, over REST or between hub and agent. The set is closed. */
export const errorCodes = {
  VALIDATION: { httpStatus: 400, exitCode: exitCodes.usage, retryable: false },
  NOT_FOUND: { httpStatus: 404, exitCode: exitCodes.notFound, retryable: false },
  CONFLICT: { httpStatus: 409, exitCode: exitCodes.failed, retryable: false },
  UNAUTHENTICATED: { httpStatus: 401, exitCode: exitCodes.denied, retryable: false },
  FORBIDDEN: { httpStatus: 403, exitCode: exitCodes.denied, retryable: false },
  RATE_LIMITED: { httpStatus: 429, exitCode: exitCodes.denied, retryable: true },
  TOO_LARGE: { httpStatus: 413, exitCode: exitCodes.usage, retryable: false },
  AGENT_OFFLINE: { httpStatus: 503, exitCode: exitCodes.denied, retryable: true },
  PATH_NOT_ALLOWED: { httpStatus: 403, exitCode: exitCodes.denied, retryable: false },
  SOURCE_NOT_FOUND: { httpStatus: 404, exitCode: exitCodes.notFound, retryable: false },
  SOURCE_UNREADABLE: { httpStatus: 422, exitCode: exitCodes.failed, retryable: false },
  SOURCE_CHANGED: { httpStatus: 409, exitCode: exitCodes.failed, retryable: true },
  DESTINATION_EXISTS: { httpStatus: 409, exitCode: exitCodes.failed, retryable: false },
  DESTINATION_UNWRITABLE: { httpStatus: 422, exitCode: exitCodes.failed, retryable: false },
  NO_SPACE: { httpStatus: 507, exitCode: exitCodes.failed, retryable: false },
  CHUNK_CORRUPT: { httpStatus: 422, exitCode: exitCodes.failed, retryable: true },
  HASH_MISMATCH: { httpStatus: 422, exitCode: exitCodes.failed, retryable: true },
  STALLED: { httpStatus: 504, exitCode: exitCodes.failed, retryable: true },
  TIMEOUT: { httpStatus: 504, exitCode: exitCodes.failed, retryable: true },
  CANCELLED: { httpStatus: 409, exitCode: exitCodes.failed, retryable: false },
  PROTOCOL: { httpStatus: 400, exitCode: exitCodes.failed, retryable: false },
  INTERNAL: { httpStatus: 500, exitCode: exitCodes.failed, retryable: false },
} as const satisfies Record<string, CodeTraits>;

export type ErrorCode = keyof typeof errorCodes;

/** All codes as a non-empty list, in the shape schemas want. */
export const errorCodeNames = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];
