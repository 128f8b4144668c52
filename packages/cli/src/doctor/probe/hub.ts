import { exitCodes } from '@ferryline/engine';
import type { Probe } from '../probe.ts';
import { judgeHub } from '../rule/hub.ts';

/** Whether what answers is a Ferryline hub that can do its work. */
export const hubProbe: Probe = {
  name: 'hub',
  needs: ['connection', 'tls'],
  failsWith: exitCodes.denied,
  run: async ({ sight }) => {
    // Together, so that one that says nothing is told apart from one that says too little before the time is up.
    const [health, ...others] = await Promise.all([sight.health(), sight.pollOfNobody(), sight.websocket()]);
    return [judgeHub(health, others)];
  },
};
