import { FerryError } from '@ferryline/engine';

const HOUR_MS = 3_600_000;
const units: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS };

/**
 * When something is to end, as an ISO time: `12h` and `30d` count from now, anything else is read as a time.
 *
 * @throws FerryError VALIDATION when it is neither, or in the past.
 */
export function parseExpiry(text: string, now: Date): string {
  const span = /^(\d{1,6})([hd])$/.exec(text);
  const unitMs = units[span?.[2] ?? ''];
  const at = unitMs === undefined ? Date.parse(text) : now.getTime() + Number(span?.[1]) * unitMs;
  if (at > now.getTime()) return new Date(at).toISOString();
  throw new FerryError(
    'VALIDATION',
    `--expires takes 12h, 30d or a time to come like 2027-01-31T00:00:00Z, not "${text}".`,
  );
}
