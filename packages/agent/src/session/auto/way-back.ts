import { FerryError, parseHubMessage } from '@ferryline/engine';
import { guarded } from '../guarded.ts';
import { pause } from '../pause.ts';
import type { PollingConnection } from '../polling-transport.ts';
import { hangUp } from '../websocket/hang-up.ts';
import type { HubSockets } from '../websocket/hub-sockets.ts';
import { WebSocketControl } from '../websocket/websocket-control.ts';
import { WebSocketLane } from '../websocket/websocket-lane.ts';

export interface WayBackParts {
  readonly sockets: HubSockets;
  /** The connection that polls. */
  readonly connection: PollingConnection;
  /** So long after the hub was reached a WebSocket must have carried something. */
  readonly deadlineMs: number;
  /** The connection is over. */
  readonly signal: AbortSignal;
}

/**
 * Takes a connection that polls to WebSockets while transfers go on (PROTOCOL.md, 1.4, "Back to WebSocket"). Until the hub has said
 * `resumed` nothing has happened: the connection polls on.
 *
 * @throws WebSocketBlocked and whatever else keeps WebSockets from getting through
 */
export async function takeWayBack(parts: WayBackParts): Promise<void> {
  await proveFirst(parts);
  await resumeControl(parts);
  await resumeLane(parts);
}

/** With a connection that says nothing to anybody, and costs the session nothing when it fails. */
async function proveFirst({ sockets, deadlineMs, signal }: WayBackParts): Promise<void> {
  const dialled = sockets.dialControl();
  await sockets.prove(dialled, deadlineMs, signal);
  hangUp(dialled.socket);
}

async function resumeControl({ sockets, connection, deadlineMs, signal }: WayBackParts): Promise<void> {
  const { control } = connection.lines;
  const dialled = sockets.dialControl(control.pause());
  const resumed = new AbortController();
  // It may come before anybody is told that the socket is open, and the next message right behind it.
  dialled.socket.once('message', (data) => {
    guarded(connection, () => {
      const message = parseHubMessage(data.toString());
      if (message?.type !== 'resumed' || signal.aborted) return;
      const unheard = control.unheard(message.after);
      const line = new WebSocketControl(dialled.socket, connection);
      connection.replaceControl(line);
      for (const text of unheard) line.sendText(text);
      resumed.abort();
    });
  });
  try {
    await sockets.prove(dialled, deadlineMs, signal);
    await pause(deadlineMs, AbortSignal.any([signal, resumed.signal]));
    if (!resumed.signal.aborted) throw new FerryError('PROTOCOL', 'The hub did not say where the session stands.');
  } catch (thrown) {
    dialled.socket.terminate();
    if (!resumed.signal.aborted) control.goOn();
    throw thrown;
  }
}

async function resumeLane({ sockets, connection, signal }: WayBackParts): Promise<void> {
  await connection.lines.lane.handOver(({ session, after, messages }) => {
    if (signal.aborted) return;
    const lane = new WebSocketLane((id) => sockets.dialLane({ session: id, after }), connection);
    connection.replaceLane(lane);
    if (session !== undefined) lane.open(session);
    for (const message of messages) lane.sendMessage(message);
  });
}
