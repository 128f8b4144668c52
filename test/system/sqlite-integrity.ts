import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * What is wrong with a database that nobody has open: pages, indices, foreign keys. Looked for in a copy, so that what a killed program
 * left in the write-ahead log is still there for the next one.
 */
export function faultsInSqlite(file: string): readonly unknown[] {
  const folder = mkdtempSync(join(tmpdir(), 'ferryline-integrity-'));
  try {
    for (const each of [file, `${file}-wal`]) if (existsSync(each)) copyFileSync(each, join(folder, basename(each)));
    const database = new DatabaseSync(join(folder, basename(file)));
    try {
      const said = database.prepare('pragma integrity_check').all();
      const orphans = database.prepare('pragma foreign_key_check').all();
      return [...said.map((each) => each.integrity_check).filter((each) => each !== 'ok'), ...orphans];
    } finally {
      database.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
