/** A moment as a column: milliseconds since 1970, or null. */
export function timeColumn(moment: Date | undefined): number | null {
  return moment === undefined ? null : moment.getTime();
}
