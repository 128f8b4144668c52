import type { ClaimedFile } from '../../../domain/transfer/relay-claim.ts';

/** Claimed attempts that are asked for, and looked at, together. */
export const CLAIMED_FILES_AT_A_TIME = 500;

/**
 * Every claimed attempt, some at a time.
 *
 * @param list - asks for the `CLAIMED_FILES_AT_A_TIME` that come after one, in order
 */
export async function* claimedPages(
  list: (after: ClaimedFile | undefined) => Promise<readonly ClaimedFile[]>,
): AsyncGenerator<readonly ClaimedFile[]> {
  let last: ClaimedFile | undefined;
  do {
    const page = await list(last);
    yield page;
    last = page.length < CLAIMED_FILES_AT_A_TIME ? undefined : page.at(-1);
  } while (last !== undefined);
}
