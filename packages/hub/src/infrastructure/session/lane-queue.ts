import { FramePacker } from '@ferryline/engine';
import type { OutgoingFrame } from '../dispatch/agent-links.ts';
import type { Lane } from './lane.ts';

/** A lane is handed more while less than this waits in it: it never runs dry, and all the rest can still be taken back. */
const LANE_ROOM_BYTES = 4 * 1024 * 1024;
/** Frames that have left are cut off the list when there are so many of them. */
const COMPACT_FRAMES = 1_024;

type OpenLane = Pick<Lane, 'isOpen' | 'unreadBytes' | 'send'>;

/**
 * What waits for an agent's lane: frames from before it opens, and those that it has no room for. They leave in the order in which
 * they came, small ones that came in one turn of the event loop packed together.
 */
export class LaneQueue {
  #frames: OutgoingFrame[] = [];
  /** Where the first frame stands that has not left. */
  #head = 0;
  #queuedBytes = 0;
  #lane: OpenLane | undefined;
  #isDeferred = false;

  /** Bytes that the agent has not taken. */
  get waitingBytes(): number {
    return this.#queuedBytes + (this.#lane?.unreadBytes ?? 0);
  }

  put(frame: OutgoingFrame): void {
    this.#frames.push({ ...frame, bytes: owned(frame.bytes) });
    this.#queuedBytes += frame.bytes.length;
    if (frame.bytes.length >= FramePacker.ALONE_BYTES) this.#pump();
    else this.#pumpAfterThisTurn();
  }

  /** The lane is open; another one that was before is used no more. */
  open(lane: OpenLane): void {
    this.#lane = lane;
    this.#pump();
  }

  /** Takes back what nobody wants any more, as far as it has not left. */
  drop(isUnwanted: (frame: OutgoingFrame) => boolean): void {
    this.#frames = this.#frames.slice(this.#head).filter((frame) => !isUnwanted(frame));
    this.#head = 0;
    this.#queuedBytes = this.#frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Takes back what is wanted elsewhere, and returns it. */
  takeBack(isWanted: (frame: OutgoingFrame) => boolean): readonly OutgoingFrame[] {
    const wanted = this.#frames.slice(this.#head).filter(isWanted);
    this.drop(isWanted);
    return wanted;
  }

  /** The agent whose frames are the most of what waits; undefined when nothing does. */
  get heaviestSender(): number | undefined {
    const bytesFrom = new Map<number, number>();
    for (const { from, bytes } of this.#frames.slice(this.#head)) {
      bytesFrom.set(from, (bytesFrom.get(from) ?? 0) + bytes.length);
    }
    return [...bytesFrom].toSorted(([, a], [, b]) => b - a)[0]?.[0];
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#lane = undefined;
    this.drop(() => true);
  }

  #pumpAfterThisTurn(): void {
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    setImmediate(() => {
      this.#isDeferred = false;
      this.#pump();
    });
  }

  #pump(): void {
    const lane = this.#lane;
    while (lane?.isOpen === true && lane.unreadBytes < LANE_ROOM_BYTES) {
      const message = this.#nextMessage();
      if (message === undefined) return;
      lane.send(message, () => this.#pump());
    }
  }

  /** A large frame as it is, without a copy; or as many small ones as share a message. */
  #nextMessage(): Buffer | undefined {
    const taken: Buffer[] = [];
    let bytes = 0;
    for (;;) {
      const next = this.#frames[this.#head]?.bytes;
      const isLarge = next !== undefined && next.length >= FramePacker.ALONE_BYTES;
      if (next === undefined || (isLarge && taken.length > 0)) break;
      taken.push(next);
      bytes += next.length;
      this.#head += 1;
      if (isLarge || bytes >= FramePacker.MESSAGE_BYTES) break;
    }
    this.#queuedBytes -= bytes;
    if (this.#head >= COMPACT_FRAMES || this.#head === this.#frames.length) {
      this.#frames.splice(0, this.#head);
      this.#head = 0;
    }
    return taken.length > 1 ? Buffer.concat(taken, bytes) : taken[0];
  }
}

/** A frame that is a small part of the message in which it came would keep all of that in memory. */
function owned(bytes: Buffer): Buffer {
  return bytes.buffer.byteLength > 2 * bytes.length ? Buffer.from(bytes) : bytes;
}
