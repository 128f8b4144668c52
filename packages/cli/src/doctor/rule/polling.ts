import { type Finding, ok, warn } from '../finding.ts';
import { type HubAnswer, problemCode } from '../hub-answer.ts';
import { whatCame } from './hub.ts';

/** @param answer to a poll without a token, of no session */
export function judgePolling(answer: HubAnswer): Finding {
  if (canPoll(answer)) return ok('It gets through: the hub answers to polls.');
  const code = answer.kind === 'answered' ? problemCode(answer) : undefined;
  if (code === 'NOT_FOUND') {
    return warn('This hub cannot be polled.', 'Nothing has to be done where WebSocket works; else update the hub.');
  }
  return warn(
    `It does not get through: ${whatCame(answer)}.`,
    'Nothing has to be done where WebSocket works; else have requests to /api/agent/ let through to the hub.',
  );
}

/** Whether the hub itself asked for a token, or for patience, which it does only where it can be polled. */
export function canPoll(answer: HubAnswer): boolean {
  if (answer.kind !== 'answered') return false;
  const code = problemCode(answer);
  return code === 'UNAUTHENTICATED' || code === 'RATE_LIMITED';
}
