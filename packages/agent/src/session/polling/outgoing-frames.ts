import { LANE_ROOM_BYTES } from '../lane-room.ts';
import type { OutgoingQueue } from './outgoing-queue.ts';

/** A body is not filled beyond this: what a request carries is worth its round trip, and no larger than what waits. */
const FULL_BODY_BYTES = LANE_ROOM_BYTES;

/** Packed frames that wait for the lane, several of them a body. */
export class OutgoingFrames implements OutgoingQueue {
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #underWay = 0;
  #room = Promise.withResolvers<void>();

  /** Takes whole frames, packed into one lane message. */
  add(message: Buffer): void {
    this.#waiting.push(message);
    this.#waitingBytes += message.length;
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.#waitingBytes > LANE_ROOM_BYTES) await this.#room.promise;
  }

  next(): readonly Buffer[] | undefined {
    if (this.#underWay === 0) this.#underWay = this.#fitting();
    return this.#underWay === 0 ? undefined : this.#waiting.slice(0, this.#underWay);
  }

  taken(): void {
    for (const message of this.#waiting.splice(0, this.#underWay)) this.#waitingBytes -= message.length;
    this.#underWay = 0;
    this.#makeRoom();
  }

  /** Hands out all that waits, and lets go of those who wait for room. */
  drain(): readonly Buffer[] {
    const messages = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#underWay = 0;
    this.#makeRoom();
    return messages;
  }

  #makeRoom(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
  }

  #fitting(): number {
    let bytes = 0;
    let messages = 0;
    for (const { length } of this.#waiting) {
      bytes += length;
      if (messages > 0 && bytes > FULL_BODY_BYTES) break;
      messages += 1;
    }
    return messages;
  }
}
