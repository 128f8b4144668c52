import { keyOf, type TransferRef } from '@ferryline/engine';
import type { SendPlan } from '../../packages/agent/src/source/core/events.ts';
import { promised } from './violation.ts';

interface Sending {
  readonly plan: SendPlan;
  readonly route: number;
  /** How often each chunk was sent, and asked for again. */
  readonly sent: Map<number, number>;
  readonly nacked: Map<number, number>;
  /** Raw lengths of chunks that were sent and not answered. */
  readonly unanswered: Map<number, number>;
}

/** What a source has sent in a session, as an onlooker counts it: no more than it was asked for, and than its window takes. */
export class SendWitness {
  readonly #windows = new Map<number, number>();
  readonly #sendings = new Map<string, Sending>();

  windowSet(route: number, windowBytes: number): void {
    this.#windows.set(route, windowBytes);
  }

  asked(route: number, plan: SendPlan): void {
    const counts = { sent: new Map(), nacked: new Map(), unanswered: new Map() };
    this.#sendings.set(keyOf(plan), { plan, route, ...counts });
  }

  sent(ref: TransferRef, index: number, length: number): void {
    const sending = this.#sendings.get(keyOf(ref));
    promised(
      'custody',
      sending !== undefined,
      () => `chunk ${index} of ${keyOf(ref)} is sent, and nobody asked for it`,
    );
    const { plan, sent, nacked, unanswered, route } = sending;
    const asked = nacked.get(index) ?? 0;
    const isHeld = plan.held.some(([first, count]) => index >= first && index < first + count);
    const times = (sent.get(index) ?? 0) + 1;
    promised(
      'I4',
      times <= (isHeld ? 0 : 1) + asked,
      () => `chunk ${index} of ${keyOf(ref)} is sent again, and is not asked for`,
    );
    sent.set(index, times);
    unanswered.set(index, length);
    const bytes = this.#bytesOf(route);
    const windowBytes = this.#windows.get(route) ?? 0;
    promised(
      'I16',
      bytes <= windowBytes || bytes === length,
      () => `${bytes} bytes are on their way in a window of ${windowBytes}`,
    );
  }

  acknowledged(ref: TransferRef, index: number): void {
    this.#sendings.get(keyOf(ref))?.unanswered.delete(index);
  }

  nacked(ref: TransferRef, index: number): void {
    const sending = this.#sendings.get(keyOf(ref));
    sending?.nacked.set(index, (sending.nacked.get(index) ?? 0) + 1);
    sending?.unanswered.delete(index);
  }

  /** The hub, or the source, let go of an attempt. */
  ended(ref: TransferRef): void {
    this.#sendings.delete(keyOf(ref));
  }

  #bytesOf(route: number): number {
    let bytes = 0;
    for (const sending of this.#sendings.values()) {
      if (sending.route === route) for (const length of sending.unanswered.values()) bytes += length;
    }
    return bytes;
  }
}
