/** Stands before `target`: what `instead` names is done in that way, everything else as ever, by `target` itself. */
export function standIn<T extends object>(target: T, instead: Partial<T>): T {
  return new Proxy(target, {
    get(_target, name) {
      if (Reflect.has(instead, name)) return Reflect.get(instead, name);
      const value: unknown = Reflect.get(target, name);
      // Private fields know only the object itself.
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
