import { FerryError } from '@ferryline/engine';

/** The hub answered 401, whatever it was asked. */
export function refusedToken(hubUrl: URL): FerryError {
  return new FerryError(
    'UNAUTHENTICATED',
    `The hub at ${hubUrl.origin} does not accept this token: it is wrong, revoked or expired. Make a new one with: ferry tokens create NAME`,
  );
}
