import { type Finding, ok, warn } from '../finding.ts';

export interface VersionsSight {
  readonly node: string;
  readonly agent: string;
  readonly protocols: readonly number[];
  /** As the hub states it; absent where it was not reached. */
  readonly hub?: string | undefined;
}

export function judgeVersions({ node, agent, protocols, hub }: VersionsSight): Finding {
  const here = `The agent is of version ${agent}, speaks protocol ${protocols.join(', ')}, and runs on Node ${node}`;
  if (hub === undefined) return ok(`${here}.`);
  if (hub === agent) return ok(`${here}; the hub is of the same version.`);
  return warn(`${here}; the hub is of version ${hub}.`, 'Update the older one of the two.');
}
