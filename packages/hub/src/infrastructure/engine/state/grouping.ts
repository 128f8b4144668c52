/** The list kept under a key, made when there is none: for plural messages, one to each agent. */
export function groupIn<T>(groups: Map<number, T[]>, key: number): T[] {
  let group = groups.get(key);
  if (group === undefined) {
    group = [];
    groups.set(key, group);
  }
  return group;
}
