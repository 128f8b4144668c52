import { exitCodes } from '@ferryline/engine';
import type { Probe } from '../probe.ts';
import { judgeToken, NO_TOKEN } from '../rule/token.ts';
import { given } from '../stated.ts';

/** Whether the hub accepts the agent's token, which is shown nowhere else. */
export const tokenProbe: Probe = {
  name: 'token',
  needs: ['connection', 'tls', 'hub'],
  failsWith: exitCodes.denied,
  run: async ({ token, sight }) => {
    if (given(token) === undefined) return [NO_TOKEN];
    const [websocket, pollOfNobody, pollWithToken] = await Promise.all([
      sight.websocket(),
      sight.pollOfNobody(),
      sight.pollWithToken(),
    ]);
    return [judgeToken({ websocket, pollOfNobody, pollWithToken })];
  },
};
