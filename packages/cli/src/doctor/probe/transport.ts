import { exitCodes } from '@ferryline/engine';
import type { Probe } from '../probe.ts';
import { judgeTransport } from '../rule/transport.ts';
import { given } from '../stated.ts';

/** Which of the two transports an agent would choose. */
export const transportProbe: Probe = {
  name: 'transport',
  needs: ['connection', 'tls', 'hub'],
  failsWith: exitCodes.denied,
  run: async ({ transport, sight }) => {
    const [proof, poll] = await Promise.all([sight.websocket(), sight.pollOfNobody()]);
    return judgeTransport(given(transport), proof, poll);
  },
};
