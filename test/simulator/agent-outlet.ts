import type { AgentMessage } from '@ferryline/engine';

type Item<Type extends AgentMessage['type']> =
  Extract<AgentMessage, { type: Type }> extends { transfers: (infer Each)[] } ? Each : never;

/** Where the words of an agent go; without a session they are lost, and said again when asked. */
export interface AgentOutlet {
  receiving(item: Item<'receiving'>): void;
  sent(item: Item<'sent'>): void;
  finished(item: Item<'finished'>): void;
  failed(item: Item<'failed'>): void;
  /** An agent that is the source as well sends no more of it. */
  waiting(item: Item<'waiting'>): void;
  frame(bytes: Buffer): void;
}
