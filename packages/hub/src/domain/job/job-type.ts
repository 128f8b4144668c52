/** `push` sends what the source has; `pull` asks the destination first what it holds, and moves only what differs. */
export const jobTypes = ['push', 'pull'] as const;
export type JobType = (typeof jobTypes)[number];
