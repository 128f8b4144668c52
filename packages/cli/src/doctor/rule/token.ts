import type { WebSocketProof } from '@ferryline/agent/dial';
import type { ErrorCode } from '@ferryline/engine';
import { type Finding, fail, ok, warn } from '../finding.ts';
import { type HubAnswer, problemCode } from '../hub-answer.ts';
import { canPoll } from './polling.ts';

export const NO_TOKEN: Finding = warn(
  'None was given, so nobody knows whether the hub would take it.',
  'Give what the agent gets: --token-file FILE, or FERRY_TOKEN_FILE.',
);

export interface TokenSight {
  readonly websocket: WebSocketProof;
  readonly pollOfNobody: HubAnswer;
  readonly pollWithToken: HubAnswer;
}

/** What the hub said where the token was shown. */
export function judgeToken({ websocket, pollOfNobody, pollWithToken }: TokenSight): Finding {
  const codes = [codeOf(websocket), codeOf(pollWithToken)];
  if (codes.includes('UNAUTHENTICATED')) {
    return fail(
      'The hub does not accept it: it is wrong, revoked or expired.',
      'Make a new one with: ferry tokens create NAME',
    );
  }
  if (codes.includes('RATE_LIMITED')) {
    return fail(
      'The hub hears no token from this network for a while, after too many wrong ones.',
      'Stop what tries them, wait a few minutes, and ask again.',
    );
  }
  // A hub that asks nobody for a token at this path cannot be polled, and says 404 to everybody.
  const isKnown = canPoll(pollOfNobody) && codeOf(pollWithToken) === 'NOT_FOUND';
  if (websocket.kind === 'through' || isKnown) return ok('The hub accepts it.');
  return warn(
    'Whether the hub accepts it could not be found out.',
    'Open a way for WebSocket or polling, as said above.',
  );
}

function codeOf(answer: HubAnswer | WebSocketProof): ErrorCode | undefined {
  return answer.kind === 'answered' || answer.kind === 'refused' ? problemCode(answer) : undefined;
}
