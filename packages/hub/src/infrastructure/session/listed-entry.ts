import type { ListedItem } from '@ferryline/engine';
import type { ListedEntry } from '../../application/agent/agent-probe.ts';

const NS_PER_MS = 1_000_000n;

/** A name in a directory, as the agent tells of it, as the hub knows it. */
export function listedEntry({ name, kind, size, mtimeNs }: ListedItem): ListedEntry {
  return {
    name,
    kind,
    ...(size !== undefined && { sizeBytes: size }),
    ...(mtimeNs !== undefined && { modifiedAt: new Date(Number(BigInt(mtimeNs) / NS_PER_MS)) }),
  };
}
