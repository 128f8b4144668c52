import type { DecodedFrame, Hello, HubMessage } from '@ferryline/engine';
import type { TransportListener } from '../transport.ts';

export const exampleHello: Hello = {
  type: 'hello',
  protocolVersions: [1],
  agentVersion: '0.1.0',
  host: 'web-01',
  os: 'linux',
  arch: 'x64',
  instance: '0b54c1aa93d0',
  roots: [{ path: '/srv', access: 'rw' }],
  holds: [],
};

export const exampleWelcome = {
  type: 'welcome',
  session: 'a-session/+1',
  protocolVersion: 1,
  agent: { id: 1, name: 'web-01' },
  heartbeatMs: 15_000,
} as const satisfies HubMessage;

/** Keeps what a connection tells its session. */
export class ExampleListener implements TransportListener {
  readonly messages: HubMessage[] = [];
  readonly frames: DecodedFrame[] = [];
  readonly #closed = Promise.withResolvers<string>();
  readonly #marks = new Set<{ readonly holds: () => boolean; readonly reached: () => void }>();

  /** Resolves with the reason when the connection is over. */
  get over(): Promise<string> {
    return this.#closed.promise;
  }

  /** Resolves when so many messages were heard. */
  async heard(messages: number): Promise<void> {
    await this.#when(() => this.messages.length >= messages);
  }

  /** Resolves when so many frames came. */
  async received(frames: number): Promise<void> {
    await this.#when(() => this.frames.length >= frames);
  }

  message(message: HubMessage): void {
    this.messages.push(message);
    this.#look();
  }

  frame(decoded: DecodedFrame): void {
    this.frames.push(decoded);
    this.#look();
  }

  closed(reason: string): void {
    this.#closed.resolve(reason);
  }

  #when(holds: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#marks.add({ holds, reached: resolve });
    this.#look();
    return promise;
  }

  #look(): void {
    for (const mark of this.#marks) if (mark.holds()) mark.reached();
  }
}
