import type { DataFile } from './data-file.ts';

/** As many transfers are under way at a time, and more; far below what a system lets a process have open. */
const MAX_OPEN_FILES = 200;

/** The data files that are open: those used longest ago are let go of, so that there are never many more than the limit. */
export class OpenFiles {
  readonly #files = new Set<DataFile>();

  /** A file was used just now. */
  used(file: DataFile): void {
    this.#files.delete(file);
    if (!file.isOpen) return;
    this.#files.add(file);
    for (const each of this.#files) {
      if (this.#files.size <= MAX_OPEN_FILES) return;
      each.closeIfIdle();
      this.#files.delete(each);
    }
  }
}
