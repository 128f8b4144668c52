import type { RelayFigures } from '../../application/metrics/hub-figures.ts';
import type { HubEffect } from '../engine/state/effects.ts';
import type { HubEvent } from '../engine/state/events.ts';

type FrameReceived = Extract<HubEvent, { type: 'frameReceived' }>;

/** Counts what goes through the relay. On every chunk's way: it adds numbers, and nothing else. */
export class RelayTally {
  #rawBytes = 0;
  #wireBytes = 0;
  #chunksForwarded = 0;
  #chunksRefused = 0;

  /** @param effects what the core decided; a frame that it dropped as late counts for nothing. */
  frameReceived(event: FrameReceived, effects: readonly HubEffect[]): void {
    for (const { type } of effects) {
      if (type === 'forwardFrame') this.#forwarded(event);
      if (type === 'nackFrame') {
        this.#wireBytes += event.bytes.length;
        this.#chunksRefused += 1;
      }
    }
  }

  get figures(): RelayFigures {
    return {
      rawBytes: this.#rawBytes,
      wireBytes: this.#wireBytes,
      chunksForwarded: this.#chunksForwarded,
      chunksRefused: this.#chunksRefused,
    };
  }

  #forwarded({ frame, bytes }: FrameReceived): void {
    if (frame.kind === 'chunk') {
      this.#wireBytes += bytes.length;
      this.#chunksForwarded += 1;
    }
    if (frame.kind === 'ack') this.#rawBytes += frame.rawLength;
    if (frame.kind === 'nack') this.#chunksRefused += 1;
  }
}
