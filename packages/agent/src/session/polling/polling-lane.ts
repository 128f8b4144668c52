import { FerryError, FrameOutlet, MAX_LANE_MESSAGE_BYTES } from '@ferryline/engine';
import type { Lane, LineListener } from '../transport.ts';
import type { HubAnswer, HubRequests } from './hub-requests.ts';
import { IncomingStream } from './incoming-stream.ts';
import { OutgoingFrames } from './outgoing-frames.ts';
import { OutgoingStream } from './outgoing-stream.ts';

export interface PollingLaneParts {
  readonly requests: HubRequests;
  readonly listener: LineListener;
  /** Hears of an answer that ends the session. */
  readonly ended: (answer: HubAnswer) => void;
}

/** Where a lane stands that goes on by WebSocket. */
export interface LaneStand {
  /** The session, if its lane was opened. */
  readonly session: string | undefined;
  /** The number of the last answer that was received whole. */
  readonly after: number;
  /** Packed frames that were not said here any more. */
  readonly messages: readonly Buffer[];
}

/** Frames in HTTP requests. */
export class PollingLane implements Lane {
  readonly #frames = new OutgoingFrames();
  readonly #outlet = new FrameOutlet((message) => this.#put(message), setImmediate);
  readonly #said: OutgoingStream;
  readonly #heard: IncomingStream;
  readonly #listening = new AbortController();
  readonly #saying = new AbortController();
  #session: string | undefined;

  constructor({ requests, listener, ended }: PollingLaneParts) {
    const path = (): string => `api/agent/lane?session=${encodeURIComponent(this.#session ?? '')}`;
    const failed = (thrown: unknown): void => listener.lost(`lane: ${FerryError.from(thrown).message}`);
    this.#said = new OutgoingStream({
      requests,
      queue: this.#frames,
      path,
      contentType: 'application/octet-stream',
      ended,
      failed,
    });
    this.#heard = new IncomingStream({
      requests,
      path,
      maxAnswerBytes: MAX_LANE_MESSAGE_BYTES,
      read: ({ headers, body }) => ({
        seq: Number(headers['ferry-seq']),
        deliver: () => listener.laneMessage(body),
      }),
      ended,
      failed,
    });
  }

  open(session: string): void {
    if (this.#session !== undefined) return;
    this.#session = session;
    void this.#heard.listen(this.#listening.signal);
    this.#said.say(this.#saying.signal);
  }

  async send(frame: Buffer): Promise<void> {
    this.#outlet.put(frame);
    await this.#frames.room();
  }

  close(): void {
    this.#listening.abort();
    this.#saying.abort();
    this.#frames.drain();
  }

  /**
   * Ends this lane in favour of another, once nothing of it is on its way. What is put meanwhile is handed on too, in order.
   *
   * @param take puts the other lane in this one's place before it returns
   */
  async handOver(take: (stand: LaneStand) => void): Promise<void> {
    await this.#said.hold();
    this.#listening.abort();
    this.#outlet.flush();
    take({ session: this.#session, after: this.#heard.after, messages: this.#frames.drain() });
  }

  #put(message: Buffer): void {
    this.#frames.add(message);
    if (this.#session !== undefined) this.#said.say(this.#saying.signal);
  }
}
