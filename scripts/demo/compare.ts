import { pathText, type Tree, type TreeItem } from './tree.ts';

export interface Comparison {
  readonly filesIdentical: number;
  readonly bytesIdentical: number;
  /** Entries that are not at the destination, and that the run said it would not copy. */
  readonly skipped: readonly string[];
  /** A sentence for each thing that is not as it must be; empty when the copy is whole. */
  readonly differences: readonly string[];
}

/**
 * Compares a copy with its source: every file by SHA-256, every directory and link, and the modes.
 *
 * @param reportedSkips relative paths that the run reported as skipped, as text
 */
export function compareTrees(source: Tree, copy: Tree, reportedSkips: ReadonlySet<string>): Comparison {
  const skipped: string[] = [];
  const differences: string[] = [];
  let filesIdentical = 0;
  let bytesIdentical = 0;
  for (const [key, item] of source) {
    const path = pathText(key) || '(the folder itself)';
    const copied = copy.get(key);
    if (copied === undefined) {
      if (isSkipped(pathText(key), reportedSkips)) skipped.push(path);
      else differences.push(`${path} is missing at the destination, and the run did not say that it was skipped`);
      continue;
    }
    const difference = differenceOf(item, copied);
    if (difference !== undefined) differences.push(`${path}: ${difference}`);
    else if (item.kind === 'file') {
      filesIdentical += 1;
      bytesIdentical += item.sizeBytes;
    }
  }
  for (const key of copy.keys()) {
    if (!source.has(key)) differences.push(`${pathText(key)} is at the destination and not in the source`);
  }
  return { filesIdentical, bytesIdentical, skipped, differences };
}

/** The entry itself was reported, or a directory that it lies in. */
function isSkipped(path: string, reported: ReadonlySet<string>): boolean {
  const names = path.split('/');
  return names.some((_, index) => reported.has(names.slice(0, index + 1).join('/')));
}

function differenceOf(item: TreeItem, copied: TreeItem): string | undefined {
  if (item.kind !== copied.kind) return `is a ${item.kind} in the source and a ${copied.kind} at the destination`;
  if (item.kind === 'file' && copied.kind === 'file' && item.sha256 !== copied.sha256) {
    return `SHA-256 ${item.sha256} in the source, ${copied.sha256} at the destination`;
  }
  if (item.kind === 'symlink' && copied.kind === 'symlink' && item.target !== copied.target) {
    return `points to ${pathText(item.target)} in the source, to ${pathText(copied.target)} at the destination`;
  }
  if ('mode' in item && 'mode' in copied && item.mode !== copied.mode) {
    return `mode ${item.mode.toString(8)} in the source, ${copied.mode.toString(8)} at the destination`;
  }
  return undefined;
}
