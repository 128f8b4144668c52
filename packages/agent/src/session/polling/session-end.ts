import { type ErrorCode, errorCodeNames, FerryError } from '@ferryline/engine';
import { refusedToken } from '../refused-token.ts';
import type { LineListener } from '../transport.ts';
import type { HubAnswer } from './hub-requests.ts';

/** What `refused` may say before a session is welcome (PROTOCOL.md, 1.1). */
const REFUSALS: ReadonlySet<string> = new Set<ErrorCode>([
  'PROTOCOL',
  'CONFLICT',
  'UNAUTHENTICATED',
  'RATE_LIMITED',
  'TIMEOUT',
]);

/** Tells the session how its hello was answered, where that was no `welcome`. */
export function refuseHello(hubUrl: URL, answer: HubAnswer, listener: LineListener): void {
  const said = problemOf(answer);
  if (answer.status === 401 || said === undefined || !REFUSALS.has(said.code)) endSession(hubUrl, answer, listener);
  else listener.message({ type: 'refused', code: said.code, message: said.message });
}

/**
 * Tells a session that one of its requests was answered with an error. The hub's own code is not handed on, 401 apart: what the hub has
 * against a session it says by `refused`, in a poll.
 */
export function endSession(hubUrl: URL, answer: HubAnswer, listener: LineListener): void {
  if (answer.status === 401) {
    const { code, message } = refusedToken(hubUrl);
    listener.message({ type: 'refused', code, message });
    return;
  }
  if (answer.status === 404 && problemOf(answer) !== undefined) listener.lost('the hub knows this session no more');
  else listener.lost(`The hub at ${hubUrl.origin} answered with HTTP ${answer.status} to polling.`);
}

function problemOf({ headers, body }: HubAnswer): FerryError | undefined {
  if (!headers['content-type']?.startsWith('application/problem+json')) return undefined;
  try {
    const { code, detail } = JSON.parse(body.toString()) as { readonly code?: unknown; readonly detail?: unknown };
    const known = errorCodeNames.find((each) => each === code);
    return known === undefined ? undefined : new FerryError(known, typeof detail === 'string' ? detail : known);
  } catch {
    return undefined;
  }
}
