import type { TransportChoice, WebSocketProof } from '@ferryline/agent/dial';
import { type Finding, fail, ok } from '../finding.ts';
import type { HubAnswer } from '../hub-answer.ts';
import { canPoll } from './polling.ts';
import { isUnproven } from './websocket.ts';

/** How an agent that is told so would talk to the hub; nothing where only a good token would show it. */
export function judgeTransport(choice: TransportChoice, proof: WebSocketProof, poll: HubAnswer): readonly Finding[] {
  if (choice !== 'polling') {
    if (proof.kind === 'through') return [ok('The agent would use WebSocket.')];
    if (isUnproven(proof)) return [];
  }
  if (choice === 'websocket') return [only(choice, 'WebSocket')];
  if (choice === 'polling')
    return [canPoll(poll) ? ok('The agent would poll, as it is told.') : only(choice, 'Polling')];
  if (canPoll(poll)) return [ok('The agent would poll, and try every 5 minutes to go back to WebSocket.')];
  return [
    fail(
      'No way is open for an agent to talk to the hub: neither WebSocket nor polling gets through.',
      'Open one of the two, as said above.',
    ),
  ];
}

function only(choice: TransportChoice, name: string): Finding {
  return fail(
    `${name} does not get through, and the agent is told to use nothing else (--transport ${choice}).`,
    'Let it choose: --transport auto (FERRY_TRANSPORT).',
  );
}
