import { access } from 'node:fs/promises';

/** The system's code for why this process may not use the path so, as in EACCES; nothing when it may. @param mode as `access` takes it */
export async function accessProblem(path: string, mode: number): Promise<string | undefined> {
  try {
    await access(path, mode);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
  }
}
