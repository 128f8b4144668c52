/** A clock that can wake somebody. */
export interface Alarm {
  now(): Date;
  /** Calls back once at or soon after that moment; a moment asked for earlier is forgotten. */
  wakeAt(moment: Date, callBack: () => void): void;
  /** Nobody is woken any more. */
  stop(): void;
}

/** The clock of the machine. */
export class SystemAlarm implements Alarm {
  #timer: NodeJS.Timeout | undefined;

  now(): Date {
    return new Date();
  }

  wakeAt(moment: Date, callBack: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(callBack, Math.max(0, moment.getTime() - Date.now()));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
