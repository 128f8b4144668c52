import { HubDialer, openConnection, whyUnreachable } from '@ferryline/agent/dial';
import { exitCodes } from '@ferryline/engine';
import type { Probe } from '../probe.ts';
import { type ConnectionSight, judgeConnection } from '../rule/connection.ts';
import { given } from '../stated.ts';
import type { Subject } from '../subject.ts';

/** Whether the hub's port takes a TCP connection, by way of the proxy where there is one. */
export const connectionProbe: Probe = {
  name: 'connection',
  needs: ['address', 'proxy'],
  failsWith: exitCodes.denied,
  run: async (subject) => [judgeConnection(subject.hub.host, await connectionSight(subject))],
};

async function connectionSight({ hub, proxy: setting }: Subject): Promise<ConnectionSight> {
  const proxy = given(setting);
  // Without TLS, whatever the hub speaks: that is the next probe's.
  const port = hub.port || (hub.protocol === 'https:' ? '443' : '80');
  const dialer = new HubDialer(new URL(`http://${hub.hostname}:${port}`), { proxy });
  const begunAt = performance.now();
  try {
    const socket = await openConnection(dialer);
    socket.destroy();
    return { kind: 'open', tookMs: performance.now() - begunAt, isProxied: proxy !== undefined };
  } catch (thrown) {
    return { kind: 'closed', why: whyUnreachable(hub, thrown) };
  }
}
