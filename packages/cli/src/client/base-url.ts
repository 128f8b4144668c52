import { isLoopback } from '@ferryline/agent/dial';
import { FerryError } from '@ferryline/engine';

/**
 * A hub's address as a person writes it, made uniform: `hub.example:7420` becomes `https://hub.example:7420`, and `localhost:7420`,
 * which needs no encryption, `http://localhost:7420`; a trailing slash and a trailing `/api/v1` go away.
 *
 * @throws FerryError VALIDATION when it is no HTTP address, or carries a password.
 */
export function hubBaseUrl(text: string): string {
  const written = text.trim();
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(written);
  const scheme = isLoopback(URL.parse(`http://${written}`)?.hostname ?? '') ? 'http' : 'https';
  const withScheme = hasScheme ? written : `${scheme}://${written}`;
  if (!URL.canParse(withScheme)) throw invalid(written, 'it is not a URL');
  const url = new URL(withScheme);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid(written, 'only http and https reach a hub');
  if (url.username !== '' || url.password !== '') {
    throw invalid(url.host, 'a URL may not carry a name or password; use `ferry login`');
  }
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
  return `${url.origin}${path}`;
}

function invalid(text: string, reason: string): FerryError {
  return new FerryError(
    'VALIDATION',
    `The hub address "${text}" cannot be used: ${reason}. Write it like https://hub.example:7420.`,
  );
}
