import { chunkCount, chunkSizeFor, type Entry, FerryError, type FileEntry, type Skipped } from '@ferryline/engine';
import { below } from '../../../domain/common/place.ts';
import { landingPlace } from '../../../domain/run/landing-place.ts';
import type { Run, RunCounters } from '../../../domain/run/run.ts';
import type { RunIssue, TreeEntry } from '../../../domain/run/tree-entry.ts';
import type { NewTransfer } from '../../../domain/transfer/transfer.ts';

/** What decides what becomes of an entry. */
export type PlannedRun = Pick<Run, 'id' | 'userId' | 'source' | 'destination' | 'intoDestination' | 'options'>;

/** What one page of scanned entries means for a run. */
export interface PlannedPage {
  readonly transfers: readonly NewTransfer[];
  readonly treeEntries: readonly TreeEntry[];
  readonly issues: readonly RunIssue[];
  readonly counters: RunCounters;
  readonly nextOrdinal: number;
}

/**
 * Turns one page of entries into transfers and tree entries, numbered on from `firstOrdinal`. Files that the destination holds just so,
 * by their position among the files of the page, are passed over and counted as skipped.
 */
export function planPage(
  run: PlannedRun,
  counters: RunCounters,
  firstOrdinal: number,
  page: { readonly entries: readonly Entry[]; readonly skipped: readonly Skipped[] },
  held: ReadonlySet<number>,
): PlannedPage {
  const transfers: NewTransfer[] = [];
  const treeEntries: TreeEntry[] = [];
  const issues: RunIssue[] = page.skipped.map(({ path, reason }) => ({ path, message: reason }));
  let ordinal = firstOrdinal;
  let files = 0;
  for (const entry of page.entries) {
    if (entry.kind !== 'file') {
      treeEntries.push({ ...entry, ordinal });
    } else if (held.has(files++)) {
      continue;
    } else {
      const planned = planFile(run, entry, ordinal);
      if (planned instanceof FerryError) {
        issues.push({ path: entry.names.join('/'), code: planned.code, message: planned.message });
      } else {
        transfers.push(planned);
      }
    }
    ordinal += 1;
  }
  return {
    transfers,
    treeEntries,
    issues,
    counters: count(counters, transfers, treeEntries, issues, held.size),
    nextOrdinal: ordinal,
  };
}

function planFile(run: PlannedRun, entry: FileEntry, ordinal: number): NewTransfer | FerryError {
  const source = below(run.source.place, entry.names);
  const sizeBytes = entry.identity.size;
  let chunkSizeBytes: number;
  try {
    chunkSizeBytes = chunkSizeFor(sizeBytes);
  } catch (thrown) {
    return FerryError.from(thrown);
  }
  return {
    runId: run.id,
    userId: run.userId,
    ordinal,
    filename: source.names.at(-1) ?? source.root,
    sizeBytes,
    sourceAgentId: run.source.agentId,
    source,
    destinationAgentId: run.destination.agentId,
    destination: below(landingPlace(run), entry.names),
    identity: entry.identity,
    mode: entry.mode,
    mtimeNs: entry.mtimeNs,
    compression: run.options.compression,
    chunkSizeBytes,
    totalChunks: chunkCount(sizeBytes, chunkSizeBytes),
    maxRetries: run.options.maxRetries,
  };
}

function count(
  before: RunCounters,
  transfers: readonly NewTransfer[],
  treeEntries: readonly TreeEntry[],
  issues: readonly RunIssue[],
  filesHeld: number,
): RunCounters {
  const failed = issues.filter((issue) => issue.code !== undefined).length;
  return {
    ...before,
    filesPlanned: before.filesPlanned + transfers.length + failed,
    filesFailed: before.filesFailed + failed,
    filesSkipped: before.filesSkipped + issues.length - failed + filesHeld,
    bytesPlanned: before.bytesPlanned + transfers.reduce((sum, each) => sum + each.sizeBytes, 0),
    directoriesPlanned: before.directoriesPlanned + treeEntries.filter((each) => each.kind === 'directory').length,
    linksPlanned: before.linksPlanned + treeEntries.filter((each) => each.kind === 'symlink').length,
  };
}
