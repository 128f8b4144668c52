/**
 * What to say when a service runs as root, which it may: an agent has to, where it reads and writes files of many accounts.
 *
 * @param userId of the process; absent where there are none (Windows)
 */
export function rootWarning(service: 'hub' | 'agent', userId = process.getuid?.()): string | undefined {
  if (userId !== 0) return undefined;
  return service === 'hub'
    ? 'the hub runs as root, which it never needs: give it an account of its own'
    : 'the agent runs as root: its allowed folders alone keep the hub from files of others. Give it an account of its own, unless it has to write files of many accounts';
}
