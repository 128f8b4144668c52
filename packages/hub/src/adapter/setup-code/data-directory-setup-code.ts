import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FerryError } from '@ferryline/engine';
import type { SetupCodeFile } from '../../application/auth/setup-code-file.ts';

const FILE_NAME = 'setup-code';

/** The file `setup-code` in the data directory, for the hub's account alone. */
export class DataDirectorySetupCode implements SetupCodeFile {
  readonly #file: string;

  constructor(dataDir: string) {
    this.#file = join(dataDir, FILE_NAME);
  }

  /** @throws FerryError INTERNAL when it cannot be written. */
  async write(code: string): Promise<void> {
    const draft = `${this.#file}.draft`;
    try {
      await rm(draft, { force: true });
      // A new file each time: the rights of one that exists already would stay as they are.
      const handle = await open(draft, 'wx', 0o600);
      await handle.writeFile(`${code}\n`).finally(() => handle.close());
      await rename(draft, this.#file);
    } catch (cause) {
      const { message } = FerryError.from(cause);
      throw new FerryError('INTERNAL', `The setup code cannot be written to ${this.#file}. ${message}`, { cause });
    }
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}
