import { execFile } from 'node:child_process';
import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './processes.ts';

const run = promisify(execFile);

/** The program as `npm run build` makes it, in a folder of its own. */
export interface Built {
  readonly dir: string;
  readonly main: string;
  readonly cli: string;
  remove(): Promise<void>;
}

/** Builds it with the compiler and the settings of `npm run build`. */
export async function build(): Promise<Built> {
  const dir = await temporaryFolder();
  const here = process.cwd();
  const outDir = join(dir, 'dist');
  const tsc = join(here, 'node_modules', 'typescript', 'bin', 'tsc');
  await mkdir(outDir);
  await Promise.all([
    run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir]),
    cp(join(here, 'src', 'playground', 'page', 'public'), join(outDir, 'playground', 'page', 'public'), {
      recursive: true,
    }),
    cp(join(here, 'package.json'), join(dir, 'package.json')),
    symlink(join(here, 'node_modules'), join(dir, 'node_modules')),
  ]);
  return {
    dir,
    main: join(outDir, 'main.js'),
    cli: join(outDir, 'cli.js'),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
