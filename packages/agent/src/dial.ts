/** How a hub is dialled, by an agent and by the commands alike; loads without the rest of the agent. */

export { type HttpProxy, proxyFor } from './dial/http-proxy.ts';
export { type DialSettings, HubDialer } from './dial/hub-dialer.ts';
export { type HubTrust, readHubTrust, type TrustSettings } from './dial/hub-trust.ts';
export { isLoopback } from './dial/loopback.ts';
export { openConnection } from './dial/open-connection.ts';
export { isExposed, requireEncryption } from './dial/plain-http.ts';
export { type ShownCertificate, shownCertificate } from './dial/shown-certificate.ts';
export { openTunnel } from './dial/tunnel.ts';
export { proveWebSocket, type WebSocketProof } from './dial/websocket-proof.ts';
export { whyUnreachable } from './dial/why-unreachable.ts';
export { type TransportChoice, transportChoices } from './session/transport-choice.ts';
