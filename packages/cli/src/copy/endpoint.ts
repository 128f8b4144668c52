import { FerryError } from '@ferryline/engine';

/** One end of a copy as a person writes it: `web-01:/srv/a.log`. */
export interface CopyEnd {
  readonly agent: string;
  readonly path: string;
}

/**
 * Splits `AGENT:/path` at its first colon; agents have no colon in their names, paths may.
 *
 * @throws FerryError VALIDATION when either part is missing.
 */
export function parseCopyEnd(text: string): CopyEnd {
  const colon = text.indexOf(':');
  const agent = text.slice(0, Math.max(colon, 0));
  const path = text.slice(colon + 1);
  if (agent !== '' && path !== '') return { agent, path };
  throw new FerryError(
    'VALIDATION',
    `"${text}" does not say what to copy. Write AGENT:/path, as in web-01:/srv/a.log.`,
  );
}
