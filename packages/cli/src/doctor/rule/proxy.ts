import { type HttpProxy, isLoopback } from '@ferryline/agent/dial';
import type { Io } from '../../io.ts';
import { type Finding, ok } from '../finding.ts';

/** Why a hub is reached without a proxy, in the words of the variables that decide it. */
export function judgeNoProxy(hub: URL, env: Io['env']): Finding {
  const [named, other] = hub.protocol === 'https:' ? ['HTTPS_PROXY', 'HTTP_PROXY'] : ['HTTP_PROXY', 'HTTPS_PROXY'];
  if (valueIn(env, named) !== undefined) {
    return ok(
      isLoopback(hub.hostname)
        ? `None: ${named} is set, but this machine is reached without it.`
        : `None: ${named} is set, but NO_PROXY names ${hub.host}.`,
    );
  }
  const unused = [other, 'ALL_PROXY'].find((name) => valueIn(env, name) !== undefined);
  if (unused === undefined) return ok(`None: ${named} is not set.`);
  return ok(`None: ${named} is not set, and ${unused} does not count for ${hub.protocol}// hubs.`);
}

/** @param grantedMs until it had connected to the hub */
export function judgeProxy(hub: URL, { host, port }: HttpProxy, grantedMs: number): Finding {
  const named = hub.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  return ok(`${host}:${port} (${named}) answers, and connects to ${hub.host}, within ${Math.round(grantedMs)} ms.`);
}

function valueIn(env: Io['env'], name = ''): string | undefined {
  return env[name.toLowerCase()] || env[name] || undefined;
}
