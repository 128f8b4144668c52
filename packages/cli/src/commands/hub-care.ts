import type { HubConfig } from '@ferryline/hub';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { printLine } from '../display/output.ts';
import type { Io } from '../io.ts';

interface CareOptions {
  readonly config?: string;
  readonly dataDir?: string;
}

/** What is done to a hub on its own machine, also while it runs. */
export function addHubCareCommands(program: Command, { io }: CommandContext): void {
  withPlace(program.command('backup').description('copy what a hub knows into one file, also while it runs'))
    .argument('<file>', 'where to; it must not exist yet')
    .action(async (file: string, options: CareOptions) => {
      const { backupHub } = await import('@ferryline/hub');
      await backupHub(await configOf(options, io), file);
      printLine(
        io,
        `The backup ${displayName(file)} is whole. To restore it: a new data directory with it as ferryline.db.`,
      );
    });
  withPlace(
    program.command('rotate-keys').description('make a new key for access tokens; nobody is signed out'),
  ).action(async (options: CareOptions) => {
    const { rotateKeys } = await import('@ferryline/hub');
    await rotateKeys(await configOf(options, io));
    printLine(io, 'New access tokens are signed with a new key. Those of before hold until they expire.');
  });
}

function withPlace(command: Command): Command {
  return command
    .option('--config <file>', "the hub's YAML file (FERRY_CONFIG)")
    .option('--data-dir <folder>', "the hub's data directory (FERRY_DATA_DIR)");
}

async function configOf({ config: file, dataDir }: CareOptions, io: Io): Promise<HubConfig> {
  const { loadHubConfig } = await import('@ferryline/hub');
  return loadHubConfig({ flags: { dataDir }, env: io.env, ...(file !== undefined && { file }) });
}
