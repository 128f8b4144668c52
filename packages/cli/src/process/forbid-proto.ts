/**
 * What `node --disable-proto=throw` does, for a command that nobody starts with flags: whoever uses `__proto__` of an object, which
 * nothing of ours and of our libraries does but an attack would, gets an error (ATTACKS.md A54, A55).
 */
export function forbidProto(): void {
  const refuse = (): never => {
    throw new TypeError('__proto__ is not used here: Object.getPrototypeOf says what an object inherits from.');
  };
  Object.defineProperty(Object.prototype, '__proto__', {
    configurable: false,
    enumerable: false,
    get: refuse,
    set: refuse,
  });
}
