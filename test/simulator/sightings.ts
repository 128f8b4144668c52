/** What must come up in a suite of histories: one that never does is a suite that does not look there. */
export const interestingCases = [
  'a chunk came twice',
  'a frame of an older attempt was dropped by the hub',
  'an answer of an older attempt was dropped by a source',
  'a later life went on with held chunks',
  'a stored chunk was not what it should be, and asked for again',
  'a published file was found with its partial file gone',
  'finished was said again',
  'a rename was taken back by a power cut',
  'a rename survived a power cut without its sync',
  'records of the journal were lost in a power cut',
  'a chunk was torn in a power cut',
  'a source had changed',
  'a source was replaced while it was read',
  'a transfer was planned anew',
  'a damaged chunk was refused by the hub',
  'a damaged chunk was refused by a destination',
  'a forged chunk was found out by the whole',
  'a disk was full',
  'a transfer waited for room',
  'what waited for room was asked for by hand',
  'a sync failed',
  'a rename was not made durable',
  'a publish was refused, for something stands there',
  'a transfer was cancelled while it was sent',
  'a transfer was cancelled while it was published',
  'a run was cancelled while it was planned',
  'a run was cancelled while it moved',
  'a failed transfer was tried again by hand',
  'a run was tried again by hand',
  'a rest was ended by hand',
  'a transfer started over by itself',
  'the hub died with a record under way',
  'the hub died while it planned',
  'a session was taken over by another life',
  'a session was taken over by the same life',
  'a silent connection was given up',
  'a stopped agent was given up',
  'a stopped hub was given up',
  'an agent went on with stale beliefs',
  'a published file was consumed before it was settled',
  'a published file was consumed before its directory was synced',
  'a file of zero bytes arrived',
  'a window was divided',
  'two runs wrote to one path',
  'a plan was cleared and made anew',
  'a pull found what it holds',
  'a removal could not be announced',
  'a partial file was left of which nobody knows',
  'a source was sent away for what was on its way',
  'an agent was sent away that gave no sign',
  'a chunk was stored at the hub',
  'a stored chunk was delivered while its source was away',
  'a chunk was lost at the hub',
  "the relay's disk took no more",
  'a slow destination was spared',
  'a destination came back while its source sent to the disk',
] as const;

export type InterestingCase = (typeof interestingCases)[number];

/** Counts how often each came up. */
export class Sightings {
  readonly #counts = new Map<InterestingCase, number>();

  saw(what: InterestingCase): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  add(others: Sightings): void {
    for (const [what, count] of others.#counts) this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }

  count(what: InterestingCase): number {
    return this.#counts.get(what) ?? 0;
  }

  get missing(): readonly InterestingCase[] {
    return interestingCases.filter((what) => !this.#counts.has(what));
  }
}
