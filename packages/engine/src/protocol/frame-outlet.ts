import { FramePacker } from './frame-packer.ts';

/**
 * Where frames leave a lane's end: packs those that come in one turn of the event loop and sends them together.
 * `send` writes one binary message; `defer` runs a task after the current turn (setImmediate, or a simulator's queue).
 */
export class FrameOutlet {
  readonly #packer = new FramePacker();
  readonly #send: (message: Buffer) => void;
  readonly #defer: (task: () => void) => void;

  constructor(send: (message: Buffer) => void, defer: (task: () => void) => void) {
    this.#send = send;
    this.#defer = defer;
  }

  /** Takes a frame; it is sent now or at the end of the turn, in order. */
  put(frame: Buffer): void {
    const wasEmpty = this.#packer.isEmpty;
    for (const message of this.#packer.add(frame)) this.#send(message);
    if (wasEmpty && !this.#packer.isEmpty) this.#defer(() => this.flush());
  }

  flush(): void {
    for (const message of this.#packer.flush()) this.#send(message);
  }
}
