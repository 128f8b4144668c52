import { exitCodes } from '@ferryline/engine';
import type { Probe } from '../probe.ts';
import { judgePolling } from '../rule/polling.ts';

/** Whether the hub can be polled; no session is opened for that. */
export const pollingProbe: Probe = {
  name: 'polling',
  needs: ['connection', 'tls', 'hub'],
  failsWith: exitCodes.denied,
  run: async ({ sight }) => [judgePolling(await sight.pollOfNobody())],
};
