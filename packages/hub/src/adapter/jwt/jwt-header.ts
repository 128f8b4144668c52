import { decodeProtectedHeader } from 'jose';

/**
 * The name of the key that a token asks to be checked with; undefined unless its header says exactly what ours say and nothing more:
 * no `jku`, `jwk`, `x5u`, `crit` or whatever else could steer the check (ATTACKS.md A11).
 */
export function keyNameOf(token: string, expected: { readonly alg: string; readonly typ: string }): string | undefined {
  const { alg, typ, kid, ...unknown } = headerOf(token);
  if (alg !== expected.alg || typ !== expected.typ || typeof kid !== 'string') return undefined;
  return Object.keys(unknown).length === 0 ? kid : undefined;
}

function headerOf(token: string): Readonly<Record<string, unknown>> {
  try {
    return { ...decodeProtectedHeader(token) };
  } catch {
    // No token at all: a header without anything is refused like any other.
    return {};
  }
}
