import { FerryError } from '@ferryline/engine';
import { isLoopback } from './loopback.ts';

/** Whether what is sent there can be read on the way: plain HTTP to another machine. */
export function isExposed({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && !isLoopback(hostname);
}

/**
 * Refuses to send a secret in clear to another machine (ATTACKS.md A74), unless a person said that the way there is safe.
 *
 * @throws FerryError VALIDATION that says what to do.
 */
export function requireEncryption(hub: URL, { insecureHttp }: { readonly insecureHttp: boolean }): void {
  if (insecureHttp || !isExposed(hub)) return;
  throw new FerryError(
    'VALIDATION',
    `${hub.origin} is plain HTTP: everybody on the way could read what proves who you are. Use https://, or --insecure-http (FERRY_INSECURE_HTTP=true) where nobody else is on the way.`,
  );
}
