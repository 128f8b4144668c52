/** The last branch over a closed union: fails to compile when a member is forgotten, throws if data got past the types. */
export function exhaustive(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
