import { type ErrorCode, type Failure, FerryError } from '@ferryline/engine';
import { visibleText } from '../../application/auth/visible-text.ts';

/** Why an agent may say that it cannot look into a directory or a tree. */
const LOOKING_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PATH_NOT_ALLOWED',
  'SOURCE_NOT_FOUND',
  'SOURCE_UNREADABLE',
  'VALIDATION',
  'RATE_LIMITED',
  'TIMEOUT',
  'TOO_LARGE',
]);
/** A person reads it. */
const MAX_MESSAGE_LENGTH = 1_000;

/**
 * What an agent answered instead of what it was asked for, as whoever waits hears it. The code becomes the status of an HTTP answer:
 * one that this cannot have (an agent that claims that a person is not signed in, or that the hub is broken) becomes SOURCE_UNREADABLE.
 */
export function answeredFailure(agentName: string, { code, message }: Failure): FerryError {
  const shown = visibleText(message, MAX_MESSAGE_LENGTH);
  if (LOOKING_CODES.has(code)) return new FerryError(code, shown);
  return new FerryError(
    'SOURCE_UNREADABLE',
    `Agent ${agentName} could not look there, and says ${code}: ${shown || '(nothing more)'}`,
  );
}
