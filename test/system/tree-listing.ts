import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Everything below a directory, one line each: kind, permission bits, mtime in milliseconds, and content. For comparing trees. */
export async function treeListing(directory: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const visit = async (names: readonly string[]): Promise<void> => {
    const path = join(directory, ...names);
    const stats = await lstat(path);
    const mode = (stats.mode & 0o777).toString(8);
    const name = JSON.stringify(names.join('/'));
    // File systems and Node's clock calls disagree below a microsecond.
    const mtime = Math.round(stats.mtimeMs);
    if (stats.isSymbolicLink()) lines.push(`link ${name} -> ${await readlink(path)}`);
    else if (stats.isFile()) lines.push(`file ${name} ${mode} ${mtime} ${await sha256(path)}`);
    else if (stats.isDirectory()) {
      lines.push(`directory ${name} ${mode} ${mtime}`);
      for (const child of (await readdir(path)).sort()) await visit([...names, child]);
    } else lines.push(`special ${name}`);
  };
  await visit([]);
  return lines;
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const data of createReadStream(path)) hash.update(data);
  return hash.digest('hex');
}
