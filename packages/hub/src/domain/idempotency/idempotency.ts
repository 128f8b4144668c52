/** What a client made with an `Idempotency-Key`: asked again, it gets the same thing and makes nothing new. */
export interface IdempotencyRecord {
  readonly userId: number;
  readonly key: string;
  /** SHA-256 over what was asked for: a key that comes back with another request is a mistake of the client's. */
  readonly fingerprint: string;
  readonly objectKind: string;
  readonly objectId: number;
  readonly createdAt: Date;
}

export interface IdempotencyRepository {
  get(userId: number, key: string): Promise<IdempotencyRecord | undefined>;
  /** Notes what was made, in the transaction that makes it. @throws FerryError CONFLICT when the key was used in the meantime. */
  create(record: IdempotencyRecord): Promise<void>;
  deleteCreatedBefore(moment: Date): Promise<void>;
}
