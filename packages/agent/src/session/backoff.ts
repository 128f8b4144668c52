const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const FIRST_REPEAT_MS = 100;
const LONGEST_REPEAT_MS = 5_000;

/**
 * How long to wait before the n-th try in a row (n from 1): doubling from half a second to half a minute, then drawn evenly from
 * the upper half, so that a thousand agents of a restarted hub do not come back at once.
 *
 * @param random a number from 0 to 1, exclusive.
 */
export function reconnectDelayMs(failures: number, random: number): number {
  return upperHalf(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1)), random);
}

/**
 * How long to wait before a request is sent again that failed on its way n times in a row (n from 1): from a tenth of a second to
 * five seconds, drawn as above. Several fit into the silence after which a session is given up.
 */
export function repeatDelayMs(failures: number, random: number): number {
  return upperHalf(Math.min(LONGEST_REPEAT_MS, FIRST_REPEAT_MS * 2 ** (failures - 1)), random);
}

function upperHalf(ceilingMs: number, random: number): number {
  return ceilingMs / 2 + (random * ceilingMs) / 2;
}
