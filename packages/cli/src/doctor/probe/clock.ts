import { exitCodes } from '@ferryline/engine';
import type { Probe } from '../probe.ts';
import { judgeClock } from '../rule/clock.ts';

/** How far this machine's clock and the hub's are apart. */
export const clockProbe: Probe = {
  name: 'clock',
  needs: ['connection', 'tls', 'hub'],
  failsWith: exitCodes.failed,
  run: async ({ sight }) => [judgeClock(await sight.healthNow())],
};
