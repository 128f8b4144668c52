import type { Duplex } from 'node:stream';
import type { HubDialer } from './hub-dialer.ts';

/**
 * One connection as the dialer makes it, on which nothing has been sent yet. Whoever asks for it closes it.
 *
 * @throws what the dialer says when none comes about: a FerryError, or what the system said
 */
export function openConnection(dialer: HubDialer): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    dialer.createConnection({}, (error, socket) => (error === null ? resolve(socket) : reject(error)));
  });
}
