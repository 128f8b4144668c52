import { exitCodes } from '@ferryline/engine';
import type { Probe } from '../probe.ts';
import { judgeWebSocket } from '../rule/websocket.ts';

/** Whether WebSockets get through; on the one that is tried no hello is said. */
export const websocketProbe: Probe = {
  name: 'websocket',
  needs: ['connection', 'tls', 'hub'],
  failsWith: exitCodes.denied,
  run: async ({ sight }) => [judgeWebSocket(await sight.websocket())],
};
