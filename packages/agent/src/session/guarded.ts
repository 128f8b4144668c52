import { FerryError } from '@ferryline/engine';
import type { LineListener } from './transport.ts';

/** Does what a peer's message asks for; what is wrong with it ends the connection. */
export function guarded(listener: LineListener, work: () => void): void {
  try {
    work();
  } catch (thrown) {
    listener.lost(FerryError.from(thrown).message);
  }
}
