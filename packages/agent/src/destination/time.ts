/** Nanoseconds since 1970 as the seconds that Node sets; a double keeps them to about a quarter of a microsecond. */
export function secondsOf(nanoseconds: string): number {
  const value = BigInt(nanoseconds);
  return Number(value / 1_000_000_000n) + Number(value % 1_000_000_000n) / 1e9;
}
