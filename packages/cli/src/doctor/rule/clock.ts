import { displaySeconds } from '../../display/quantity.ts';
import { type Finding, fail, ok, warn } from '../finding.ts';
import type { HubAnswer } from '../hub-answer.ts';

/** More than two clocks that are set by NTP ever differ, with what is not known of the difference. */
const WARN_ABOVE_MS = 2_000;
/** From here on certificates and tokens are taken for expired, or not valid yet, when they are not. */
const FAIL_ABOVE_MS = 5 * 60 * 1000;
/** The header names whole seconds: on the average it is half of one behind. */
const HALF_SECOND_MS = 500;

/** This machine's clock beside the hub's, as its `Date` header states it, to half a second. */
export function judgeClock(answer: HubAnswer): Finding {
  const stated = answer.kind === 'answered' ? Date.parse(answer.date ?? '') : Number.NaN;
  if (answer.kind === 'unanswered' || Number.isNaN(stated)) {
    return warn('The hub does not say what time it is.', 'Compare the clocks of both machines by hand (date -u).');
  }
  const aheadMs = (answer.sentAt + answer.receivedAt) / 2 - (stated + HALF_SECOND_MS);
  const differenceMs = Math.abs(aheadMs);
  const what = `This machine's clock is ${displaySeconds(differenceMs / 1000)} ${aheadMs < 0 ? 'behind' : 'ahead of'} the hub's.`;
  if (differenceMs <= WARN_ABOVE_MS) return ok("This machine's clock and the hub's are the same, to about a second.");
  const advice =
    'Look at this machine first (timedatectl: is it synchronized by NTP?); if its clock is right, set that of the hub.';
  return differenceMs <= FAIL_ABOVE_MS ? warn(what, advice) : fail(what, advice);
}
