import { FerryError } from '../error/ferry-error.ts';

/** The protocol versions this build speaks, newest first. */
export const SUPPORTED_PROTOCOL_VERSIONS: readonly number[] = [1];

/**
 * The version both ends will speak: the highest that both list.
 *
 * @throws FerryError PROTOCOL that names both lists when they share none.
 */
export function negotiateVersion(
  offered: readonly number[],
  supported: readonly number[] = SUPPORTED_PROTOCOL_VERSIONS,
): number {
  const shared = offered.filter((version) => supported.includes(version));
  if (shared.length > 0) return Math.max(...shared);
  throw new FerryError(
    'PROTOCOL',
    `The agent speaks protocol version ${offered.join(', ') || 'none'}, this hub speaks ${supported.join(', ')}. Update the older of the two.`,
    { details: { offered, supported } },
  );
}
