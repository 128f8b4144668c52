import { type AgentMessage, decodeFrames, type HubMessage } from '@ferryline/engine';
import type { Connection, ControlLine, Lane, LineListener, TransportListener } from './transport.ts';

/** The lines of a connection, made of the listener that they are to speak to. */
export type MakeLines<Lines extends ConnectionLines> = (listener: LineListener) => Lines;

export interface ConnectionLines {
  readonly control: ControlLine;
  readonly lane: Lane;
}

/** A control line and a lane as one connection: with one of them the other is over. Either may give way to another while it lives. */
export class HubConnection<Lines extends ConnectionLines = ConnectionLines> implements Connection, LineListener {
  /** What it consisted of in the beginning. */
  readonly lines: Lines;
  readonly #listener: TransportListener;
  #control: ControlLine;
  #lane: Lane;
  #closed: Promise<void> | undefined;

  constructor(listener: TransportListener, makeLines: MakeLines<Lines>) {
    this.#listener = listener;
    this.lines = makeLines(this);
    this.#control = this.lines.control;
    this.#lane = this.lines.lane;
  }

  sendMessage(message: AgentMessage): void {
    if (this.#closed === undefined) this.#control.send(message);
  }

  openLane(session: string): void {
    if (this.#closed === undefined) this.#lane.open(session);
  }

  async sendFrame(frame: Buffer): Promise<void> {
    if (this.#closed === undefined) await this.#lane.send(frame);
  }

  close(reason: string): Promise<void> {
    if (this.#closed !== undefined) return this.#closed;
    this.#closed = this.#control.close();
    this.#lane.close();
    this.#listener.closed(reason);
    return this.#closed;
  }

  /** From now on control messages go by another line; the one before is no part of the connection any more. */
  replaceControl(control: ControlLine): void {
    this.#control = control;
  }

  /** From now on frames go by another lane; the one before is no part of the connection any more. */
  replaceLane(lane: Lane): void {
    this.#lane = lane;
  }

  message(message: HubMessage): void {
    if (this.#closed === undefined) this.#listener.message(message);
  }

  laneMessage(message: Buffer): void {
    for (const decoded of decodeFrames(message)) {
      if (this.#closed !== undefined) return;
      this.#listener.frame(decoded);
    }
  }

  lost(reason: string): void {
    void this.close(reason);
  }
}
