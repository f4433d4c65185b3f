import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { until } from './until.ts';

const run = promisify(execFile);

/** The program as `npm run build` makes it, in a folder of its own. */
export interface Built {
  readonly dir: string;
  readonly main: string;
  readonly cli: string;
}

/** Built by the test file that needs it first, once for all files of a run: as source it takes a second longer to start. */
export async function built(): Promise<Built> {
  const dir = join(inject('sharedFolder'), 'built');
  const became = join(dir, 'became');
  const first = await mkdir(dir).then(
    () => true,
    () => false,
  );
  if (first) {
    const words = await build(dir).then(() => 'built', String);
    await writeFile(became, words);
  }
  const words = await until('the build has ended', () => readFile(became, 'utf8'), 60_000);
  if (words !== 'built') throw new Error(words);
  return { dir, main: join(dir, 'dist', 'main.js'), cli: join(dir, 'dist', 'cli.js') };
}

/** Builds with the compiler and the settings of `npm run build`; mistakes in types are for `npm run check` to tell. */
async function build(dir: string): Promise<void> {
  const here = process.cwd();
  const outDir = join(dir, 'dist');
  const tsc = join(here, 'node_modules', 'typescript', 'bin', 'tsc');
  await mkdir(outDir);
  await Promise.all([
    run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', outDir]),
    cp(join(here, 'src', 'playground', 'page', 'public'), join(outDir, 'playground', 'page', 'public'), {
      recursive: true,
    }),
    cp(join(here, 'package.json'), join(dir, 'package.json')),
    symlink(join(here, 'node_modules'), join(dir, 'node_modules')),
  ]);
}
