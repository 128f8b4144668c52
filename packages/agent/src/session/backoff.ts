const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

/**
 * How long to wait before the n-th try in a row (n from 1): doubling from half a second to half a minute, then drawn evenly from
 * the upper half, so that a thousand agents of a restarted hub do not come back at once.
 *
 * @param random a number from 0 to 1, exclusive.
 */
export function reconnectDelayMs(failures: number, random: number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
  return ceiling / 2 + (random * ceiling) / 2;
}
