/** How an agent talks to its hub: WebSocket, HTTPS polling, or the first where it gets through and else the second. */
export const transportChoices = ['auto', 'websocket', 'polling'] as const;
export type TransportChoice = (typeof transportChoices)[number];
