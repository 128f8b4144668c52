/** How a hub is dialled, by an agent and by the commands alike; loads without the rest of the agent. */

export { proxyFor } from './dial/http-proxy.ts';
export { type DialSettings, HubDialer } from './dial/hub-dialer.ts';
export { type HubTrust, readHubTrust, type TrustSettings } from './dial/hub-trust.ts';
export { isLoopback } from './dial/loopback.ts';
export { isExposed, requireEncryption } from './dial/plain-http.ts';
export { whyUnreachable } from './dial/why-unreachable.ts';
