import type { WebSocketProof } from '@ferryline/agent/dial';
import { type Finding, fail, ok, warn } from '../finding.ts';
import { type HubAnswer, problemCode, statedHealth } from '../hub-answer.ts';

const WRONG_PLACE =
  'Check address and port of the hub (--hub, FERRY_HUB); where a reverse proxy stands before it, check that it hands everything on.';

/** Whether a hub answers. @param others what can prove that too, where its health is kept back on the way */
export function judgeHub(health: HubAnswer, others: readonly (HubAnswer | WebSocketProof)[]): Finding {
  const stated = statedHealth(health);
  if (stated?.status === 'ok') return ok(`A Ferryline hub of version ${stated.version} answers.`);
  if (stated !== undefined) {
    return fail('The hub answers, but cannot do its work now.', 'Look at its log: it does not reach its database.');
  }
  if (health.kind === 'answered' && health.status === 421) {
    return fail(
      'The hub is not known by this name (HTTP 421).',
      'Add the name to http.hosts (FERRY_HOSTS) of the hub.',
    );
  }
  if (others.some(isOfHub)) {
    return warn(
      `The hub answers agents, but not what it is (${whatCame(health)}).`,
      'If a proxy before the hub keeps /api/v1/health back, let it through.',
    );
  }
  if (health.kind === 'unanswered') {
    return fail(`What listens there does not answer as a hub does: ${health.why}.`, WRONG_PLACE);
  }
  return fail(`What answers there is no Ferryline hub: ${whatCame(health)}.`, WRONG_PLACE);
}

/** What came instead of what a hub would say, as the end of a sentence. */
export function whatCame(answer: HubAnswer | WebSocketProof): string {
  switch (answer.kind) {
    case 'unanswered':
    case 'failed':
      return answer.why;
    case 'answered':
    case 'refused':
      return `HTTP ${answer.status} came${problemCode(answer) === undefined ? ', and not from a hub' : ''}`;
    case 'silent':
      return 'it was accepted, and then nothing came';
    case 'through':
      return 'it gets through';
  }
}

function isOfHub(answer: HubAnswer | WebSocketProof): boolean {
  if (answer.kind === 'through') return true;
  return (answer.kind === 'answered' || answer.kind === 'refused') && problemCode(answer) !== undefined;
}
