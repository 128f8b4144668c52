/** What to do when a tick comes while the job's last run is still under way: let the tick go, or run right after it ends. */
export const overlapPolicies = ['skip', 'queue'] as const;
export type OverlapPolicy = (typeof overlapPolicies)[number];

/** What to do about ticks that passed while the hub was away: let them go, or run once for all of them. */
export const missedTickPolicies = ['skip', 'once'] as const;
export type MissedTickPolicy = (typeof missedTickPolicies)[number];

/** When a job runs by itself. */
export interface Schedule {
  /** Five fields (minute first) or six (second first). */
  readonly cron: string;
  /** An IANA time zone, in which the fields are read. */
  readonly timeZone: string;
  readonly overlap: OverlapPolicy;
  readonly missed: MissedTickPolicy;
}
