/**
 * Nanoseconds since 1970 as the seconds that Node sets: in digits, because it takes a number before 1970 for now. It keeps them to a
 * microsecond.
 */
export function secondsOf(nanoseconds: string): string {
  const value = BigInt(nanoseconds);
  const digits = String(value < 0n ? -value : value).padStart(10, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
