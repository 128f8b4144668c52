/** The list kept under a key, made when there is none: for plural messages, one to each agent. */
export function groupIn<K, T>(groups: Map<K, T[]>, key: K): T[] {
  let group = groups.get(key);
  if (group === undefined) {
    group = [];
    groups.set(key, group);
  }
  return group;
}
