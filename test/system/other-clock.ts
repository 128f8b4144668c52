/** Loaded before a program (`node --import`), this sets its wall clock wrong by CLOCK_OFF_MS; time passes as it does. */
const offMs = Number(process.env.CLOCK_OFF_MS);
const RightDate = Date;

globalThis.Date = class extends RightDate {
  static override now(): number {
    return RightDate.now() + offMs;
  }

  constructor(...given: readonly unknown[]) {
    super(...((given.length === 0 ? [RightDate.now() + offMs] : given) as [number]));
  }
} as DateConstructor;
