import type { Logger } from 'pino';
import type { ClaimedAttempt, ClaimedFile } from '../../../domain/transfer/relay-claim.ts';
import type { RelayClaimRepository } from '../../../domain/transfer/relay-claim-repository.ts';
import { CLAIMED_FILES_AT_A_TIME, claimedPages } from './claimed-pages.ts';
import { overlapped } from './overlapped.ts';
import type { RelayDirectory } from './relay-directory.ts';

export interface SweepParts {
  readonly directory: RelayDirectory;
  readonly claims: RelayClaimRepository;
  readonly logger: Logger;
}

/** What was not as it should be. */
interface Leftovers {
  unneededAttempts: number;
  missingFiles: number;
  shortFiles: number;
  unclaimedFiles: number;
}

/**
 * Makes claims and data files agree, before anybody uses them (FAULTS.md F43): a claim without its bytes goes, and so does a file
 * without a claim, and whatever belongs to a transfer that has ended or is in another attempt. Claims first, then files, so that a hub
 * that dies in between leaves nothing claimed that is not there. Returns how many bytes the files have that stay.
 */
export async function sweepRelay(parts: SweepParts): Promise<number> {
  const leftovers: Leftovers = { unneededAttempts: 0, missingFiles: 0, shortFiles: 0, unclaimedFiles: 0 };
  let usedBytes = 0;
  const pages = claimedPages((after) => parts.claims.listFiles(after, CLAIMED_FILES_AT_A_TIME));
  for await (const page of pages) usedBytes += await sweepClaims(parts, page, leftovers);
  for await (const page of parts.directory.pages()) leftovers.unclaimedFiles += await sweepFiles(parts, page);
  const isTidy = Object.values(leftovers).every((count) => count === 0);
  if (!isTidy) parts.logger.warn(leftovers, "the relay's disk held what nobody needs, or not all that was claimed");
  return usedBytes;
}

/** Removes claims that nobody needs, or that have no bytes; returns how long the files of the others are. */
async function sweepClaims(
  { directory, claims }: SweepParts,
  page: readonly ClaimedFile[],
  leftovers: Leftovers,
): Promise<number> {
  const over: ClaimedAttempt[] = page.filter((file) => !isNeeded(file));
  leftovers.unneededAttempts += over.length;
  let bytes = 0;
  await overlapped(page.filter(isNeeded), async (file) => {
    const size = await directory.sizeOf(file);
    if (size === undefined) {
      leftovers.missingFiles += 1;
      over.push(file);
      return;
    }
    if (size < file.endBytes) {
      leftovers.shortFiles += 1;
      await claims.deleteBeyond(file, size);
      const attempts = await claims.listAttempts([file.transferId]);
      // Without any claim it is removed with the other files.
      if (!attempts.some(({ attempt }) => attempt === file.attempt)) return;
    }
    bytes += size;
  });
  await claims.deleteAttempts(over);
  return bytes;
}

/** Removes files without a claim; returns how many. */
async function sweepFiles({ directory, claims }: SweepParts, page: readonly ClaimedAttempt[]): Promise<number> {
  const attempts = await claims.listAttempts(page.map((file) => file.transferId));
  const claimed = new Set(attempts.map(nameOf));
  const unclaimed = page.filter((file) => !claimed.has(nameOf(file)));
  await overlapped(unclaimed, async (file) => void (await directory.remove(file)));
  return unclaimed.length;
}

function isNeeded({ hasEnded, isPresent }: ClaimedFile): boolean {
  return !hasEnded && isPresent;
}

function nameOf({ transferId, attempt }: ClaimedAttempt): string {
  return `${transferId}.${attempt}`;
}
