const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * How long a transfer rests before its n-th retry (n from 1): doubling from one second to one minute, then drawn evenly from the upper
 * half, so that what failed together does not come back together.
 *
 * @param random a number from 0 to 1, exclusive.
 */
export function retryDelayMs(retryCount: number, random: number): number {
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (retryCount - 1));
  return ceiling / 2 + (random * ceiling) / 2;
}
