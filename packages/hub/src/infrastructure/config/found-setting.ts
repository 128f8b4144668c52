import { dirname } from 'node:path';
import { FerryError } from '../../domain/common/errors.ts';
import { readConfigFile } from './config-file.ts';
import { type HubSetting, hubSettings } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigSources {
  /** As typed, by the setting's name; what is undefined was not given. */
  readonly flags: Readonly<Partial<Record<HubSetting, string | undefined>>>;
  readonly env: Environment;
  /** A YAML file; FERRY_CONFIG names one too. */
  readonly file?: string;
}

/** One setting as it was found: its text, and where, for error messages. */
export interface FoundSetting {
  readonly setting: HubSetting;
  readonly text: string;
  /** `on the command line`, `in FERRY_PORT`, `in hub.yaml`. */
  readonly where: string;
  /** What a relative path in it starts from. */
  readonly folder: string;
}

/** Finds settings by precedence: flags before environment before file. @throws FerryError VALIDATION for a file that does not do. */
export function settingFinder({ flags, env, file }: ConfigSources): (setting: HubSetting) => FoundSetting | undefined {
  const path = file ?? (env.FERRY_CONFIG || undefined);
  const fromFile = path === undefined ? undefined : readConfigFile(path);
  return (setting) => {
    const candidates = [
      { text: flags[setting], where: 'on the command line', folder: '.' },
      // An empty variable is how many tools unset one.
      { text: env[hubSettings[setting]] || undefined, where: `in ${hubSettings[setting]}`, folder: '.' },
      { text: fromFile?.get(setting), where: `in ${path}`, folder: dirname(path ?? '.') },
    ];
    for (const { text, ...rest } of candidates) if (text !== undefined) return { setting, text, ...rest };
    return undefined;
  };
}

/** A setting whose value does not do. `rule` says what it takes; a secret is not repeated. */
export function invalidSetting(
  { setting, text, where }: FoundSetting,
  rule: string,
  shown = `is "${text}", but it `,
): FerryError {
  return new FerryError('VALIDATION', `${setting} ${where} ${shown}${rule}.`, { details: { setting, where } });
}
