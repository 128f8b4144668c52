import { FerryError } from '@ferryline/engine';

/** A setting as a person gave it, or what is wrong with it: one that cannot be read must not keep the others from being looked at. */
export type Stated<Value> = { readonly value: Value } | { readonly error: FerryError };

export async function stated<Value>(read: () => Value | Promise<Value>): Promise<Stated<Value>> {
  try {
    return { value: await read() };
  } catch (thrown) {
    return { error: FerryError.from(thrown) };
  }
}

/** @throws FerryError what is wrong with it */
export function given<Value>(setting: Stated<Value>): Value {
  if ('error' in setting) throw setting.error;
  return setting.value;
}
