/**
 * Works at the disk under way at a time. Syncs that overlap share a commit of the file system's journal; one thread of Node's pool of
 * four is left to others, such as whoever hashes passwords.
 */
const MAX_OVERLAPPED = 3;

/** Does the work for each item, several at a time. Rejects with the first failure, when all that was begun has ended. */
export async function overlapped<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const takeOver = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) await work(next.value);
  };
  const ends = await Promise.allSettled(Array.from({ length: MAX_OVERLAPPED }, takeOver));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
