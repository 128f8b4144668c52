/** Whether the hub can do its work. */
export interface Health {
  /** Resolves when the database answers. @throws whatever keeps it from answering. */
  check(): Promise<void>;
}
