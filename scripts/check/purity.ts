// `npm run check:purity`: every deciding file, and each place in it where it reaches for the world.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findImpurities } from './impurities.ts';
import { pureFiles } from './pure-files.ts';

const repository = join(import.meta.dirname, '..', '..');
const files = pureFiles(repository);
let impurities = 0;
for (const path of files) {
  for (const { line, what } of findImpurities(readFileSync(join(repository, path), 'utf8'), path)) {
    process.stdout.write(
      `${path}:${line} ${what}: a deciding file does no I/O and reads no clock (DESIGN.md section 2)\n`,
    );
    impurities += 1;
  }
}
process.stdout.write(`purity: ${files.length} deciding files, ${impurities} impurities\n`);
process.exitCode = impurities > 0 || files.length === 0 ? 1 : 0;
