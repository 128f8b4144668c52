import { type Finding, fail, ok } from '../finding.ts';

export type ConnectionSight =
  | { readonly kind: 'open'; readonly tookMs: number; readonly isProxied: boolean }
  | { readonly kind: 'closed'; readonly why: string };

export function judgeConnection(host: string, sight: ConnectionSight): Finding {
  if (sight.kind === 'open') {
    const way = sight.isProxied ? ' through the proxy' : '';
    return ok(`${host} takes connections${way}, within ${Math.round(sight.tookMs)} ms.`);
  }
  return fail(
    `${host} takes no connection: ${sight.why}.`,
    'Check that the hub runs, that it listens beyond its own machine (ferry hub --host), that the port is right, and that no firewall stands in the way.',
  );
}
