import { FerryError } from '@ferryline/engine';

/** The hub was reached, or whoever stands before it, and no WebSocket came of it: other ways may lead there. */
export class WebSocketBlocked extends FerryError {
  /** What happened, as the end of a sentence. */
  readonly why: string;

  constructor(message: string, why: string, cause?: unknown) {
    super('AGENT_OFFLINE', message, { cause });
    this.why = why;
  }
}
