import { addressProbe } from './probe/address.ts';
import { clockProbe } from './probe/clock.ts';
import { connectionProbe } from './probe/connection.ts';
import { hubProbe } from './probe/hub.ts';
import { limitsProbe } from './probe/limits.ts';
import { pollingProbe } from './probe/polling.ts';
import { proxyProbe } from './probe/proxy.ts';
import { rootsProbe } from './probe/roots.ts';
import { stateProbe } from './probe/state.ts';
import { tlsProbe } from './probe/tls.ts';
import { tokenProbe } from './probe/token.ts';
import { transportProbe } from './probe/transport.ts';
import { versionsProbe } from './probe/versions.ts';
import { websocketProbe } from './probe/websocket.ts';
import type { Probe } from './probe.ts';

/** From the way to the hub, over the hub, to this machine: the order in which a person would look. */
export const probes: readonly Probe[] = [
  addressProbe,
  proxyProbe,
  connectionProbe,
  tlsProbe,
  hubProbe,
  websocketProbe,
  pollingProbe,
  transportProbe,
  tokenProbe,
  clockProbe,
  rootsProbe,
  stateProbe,
  limitsProbe,
  versionsProbe,
];
