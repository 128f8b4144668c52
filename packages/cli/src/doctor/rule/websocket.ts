import type { WebSocketProof } from '@ferryline/agent/dial';
import { type Finding, ok, warn } from '../finding.ts';
import { problemCode } from '../hub-answer.ts';
import { whatCame } from './hub.ts';

const LET_THROUGH =
  'Have whoever looks after the proxy or firewall let WebSockets (HTTP Upgrade) through to the hub; until then an agent polls.';

/** Whether WebSockets get through, from what came of one. */
export function judgeWebSocket(proof: WebSocketProof): Finding {
  if (proof.kind === 'through') {
    const [handshake, pong] = [proof.handshakeMs, proof.pongMs].map((ms) => Math.round(ms));
    return ok(`It gets through: ${handshake} ms for the handshake, ${pong} ms from ping to pong.`);
  }
  if (proof.kind === 'silent') {
    return warn('It does not get through: the handshake was accepted, and no pong came within 5 s.', LET_THROUGH);
  }
  if (isUnproven(proof)) return ok('The handshake reaches the hub; whether it gets through, a good token would show.');
  if (proof.kind === 'refused' && problemCode(proof) === 'NOT_FOUND') {
    return warn('It does not get through: the request for it reaches the hub as a plain one (HTTP 404).', LET_THROUGH);
  }
  return warn(`It does not get through: ${whatCame(proof)}.`, LET_THROUGH);
}

/** Refused by the hub itself for the sake of the token: nothing is known of the way. */
export function isUnproven(proof: WebSocketProof): boolean {
  if (proof.kind !== 'refused') return false;
  const code = problemCode(proof);
  return code === 'UNAUTHENTICATED' || code === 'RATE_LIMITED';
}
