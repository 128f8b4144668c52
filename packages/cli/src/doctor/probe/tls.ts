import { openConnection, shownCertificate } from '@ferryline/agent/dial';
import { exitCodes, type FerryError } from '@ferryline/engine';
import { unreachable } from '../../client/unreachable.ts';
import { failed } from '../finding.ts';
import type { HubSight } from '../hub-sight.ts';
import type { Probe } from '../probe.ts';
import { judgePlainHttp, judgeTls } from '../rule/tls.ts';
import { given } from '../stated.ts';

/** For each of two handshakes; together less than a probe may take. */
const LOOK_TIMEOUT_MS = 4_500;

/** Who is there, and whether an agent would believe it: what comes after this is sent only then. */
export const tlsProbe: Probe = {
  name: 'tls',
  needs: ['connection'],
  failsWith: exitCodes.denied,
  run: async ({ hub, encryption, trust: setting, proxy, sight }) => {
    if ('error' in encryption) return [failed(encryption.error)];
    if (hub.protocol === 'http:') return [judgePlainHttp(hub)];
    const shown = await shownCertificate(hub, given(proxy), AbortSignal.timeout(LOOK_TIMEOUT_MS));
    const trust = given(setting);
    const refusal = await refusalOf(hub, sight);
    return judgeTls({ shown, trust, now: new Date(), ...(refusal && { refusal }) });
  },
};

/** Dials as the agent does, and says what it would say. */
async function refusalOf(hub: URL, { dialer }: HubSight): Promise<FerryError | undefined> {
  try {
    const socket = await openConnection(dialer);
    socket.destroy();
    return undefined;
  } catch (thrown) {
    return unreachable(hub.origin, thrown);
  }
}
