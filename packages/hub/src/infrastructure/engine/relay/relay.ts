import { decodeFrames, payloadIsIntact } from '@ferryline/engine';
import type { HubEvent } from '../state/events.ts';

/**
 * Where frames enter the hub: cuts a lane's message into frames and checks what travels on (FAULTS.md P3: no hop forwards a byte
 * that it has not verified). The CRC-32 suffices here; only a destination decompresses and checks the SHA-256.
 *
 * @throws FerryError PROTOCOL when the message is not whole frames.
 */
export function relayIntake(agentId: number, message: Buffer, dispatch: (event: HubEvent) => void): void {
  for (const { frame, bytes } of decodeFrames(message)) {
    const intact = frame.kind !== 'chunk' || payloadIsIntact(frame);
    dispatch({ type: 'frameReceived', agentId, frame, bytes, intact });
  }
}
