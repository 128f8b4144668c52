const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** How long a transfer rests before its n-th retry (n from 1): doubling from one second to one minute. */
export function retryDelayMs(retryCount: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (retryCount - 1));
}
