import type { Store } from '../store/store.ts';

/** The key that signs since a rotation. */
export interface RotatedKey {
  readonly kid: string;
  readonly createdAt: Date;
}

export interface KeyRotationsDependencies {
  readonly store: Store;
  readonly now: () => Date;
}

/**
 * Rotations of the signing keys, in the audit chain. They happen outside of the hub (`ferry rotate-keys`), which may not even run: it
 * tells of them when it notices.
 */
export class KeyRotations {
  readonly #store: Store;
  readonly #now: () => Date;

  constructor({ store, now }: KeyRotationsDependencies) {
    this.#store = store;
    this.#now = now;
  }

  /** Writes the event, unless it is there; to be called by one at a time. Of several rotations at once the last one is told. */
  async note({ kid, createdAt }: RotatedKey): Promise<void> {
    const filter = { action: 'signingKey.rotated', objectKind: 'signingKey', objectId: kid };
    const { items } = await this.#store.audit.list(filter, { limit: 1 });
    if (items.length > 0) return;
    await this.#store.transaction(({ audit }) =>
      audit.append({
        at: this.#now(),
        actor: { kind: 'hub', name: 'rotate-keys' },
        action: 'signingKey.rotated',
        object: { kind: 'signingKey', id: kid },
        details: { rotatedAt: createdAt.toISOString() },
      }),
    );
  }
}
