import { openTunnel } from '@ferryline/agent/dial';
import { exitCodes } from '@ferryline/engine';
import type { Probe } from '../probe.ts';
import { judgeNoProxy, judgeProxy } from '../rule/proxy.ts';
import { given } from '../stated.ts';

/** A little less than a probe may take, so that it can still say what it waited for. */
const TUNNEL_TIMEOUT_MS = 9_000;

/** By way of which proxy the hub is reached, and whether that one connects to it. */
export const proxyProbe: Probe = {
  name: 'proxy',
  needs: [],
  failsWith: exitCodes.denied,
  run: async ({ hub, env, proxy: setting }) => {
    const proxy = given(setting);
    if (proxy === undefined) return [judgeNoProxy(hub, env)];
    const port = Number(hub.port || (hub.protocol === 'https:' ? 443 : 80));
    const begunAt = performance.now();
    const socket = await openTunnel(proxy, hub.hostname, port, AbortSignal.timeout(TUNNEL_TIMEOUT_MS));
    socket.destroy();
    return [judgeProxy(hub, proxy, performance.now() - begunAt)];
  },
};
