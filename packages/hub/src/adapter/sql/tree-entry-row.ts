import type { Insertable, Selectable } from 'kysely';
import type { TreeEntry } from '../../domain/run/tree-entry.ts';
import { namesFrom, namesText } from './place-columns.ts';
import type { TreeEntryTable } from './schema.ts';

export function treeEntryFrom(row: Selectable<TreeEntryTable>): TreeEntry {
  const { ordinal, kind } = row;
  const names = namesFrom(row.names);
  return kind === 'directory'
    ? { kind, ordinal, names, mode: row.mode ?? 0, mtimeNs: row.mtime_ns ?? '0' }
    : { kind, ordinal, names, target: row.target ?? '' };
}

export function treeEntryRow(runId: number, entry: TreeEntry): Insertable<TreeEntryTable> {
  const { ordinal, kind } = entry;
  const isDirectory = kind === 'directory';
  return {
    run_id: runId,
    ordinal,
    kind,
    names: namesText(entry.names),
    mode: isDirectory ? entry.mode : null,
    mtime_ns: isDirectory ? entry.mtimeNs : null,
    target: isDirectory ? null : entry.target,
  };
}
