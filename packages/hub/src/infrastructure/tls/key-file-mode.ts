import type { Stats } from 'node:fs';
import { FerryError } from '@ferryline/engine';

const OWNER_MAY_READ_AND_WRITE = 0o600;
const GROUP_MAY_READ = 0o040;
const PERMISSIONS = 0o777;
const ROOT = 0;

/**
 * Whoever reads the key can pass for the hub. PostgreSQL's rule, so that a key which it takes does here as well: nobody but the owner
 * may use the file; where that is root, its group may read it.
 *
 * @throws FerryError FORBIDDEN that names the file and the command that mends it.
 */
export function requirePrivateKeyFile(file: string, { mode, uid }: Pick<Stats, 'mode' | 'uid'>): void {
  // Windows has no such bits and reports none that mean anything.
  if (process.platform === 'win32') return;
  const allowed = OWNER_MAY_READ_AND_WRITE | (uid === ROOT ? GROUP_MAY_READ : 0);
  if ((mode & PERMISSIONS & ~allowed) === 0) return;
  throw new FerryError('FORBIDDEN', `Other accounts can read the TLS key ${file}. Run: chmod 600 ${file}`);
}
