import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { packed, page, pack } from './pack.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** Programs of the tests themselves, each a file of this folder. */
const programs = ['call-once', 'killable', 'talkative'] as const;

/** The program as `npm run build` makes it, in a folder of its own. What is run of it is packed: see `pack`. */
export interface Built {
  /** With `src/cli.js` and all others, as they were built. */
  readonly dir: string;
  readonly main: string;
  readonly cli: string;
  /** What `npm run play` runs. */
  readonly play: string;
  /** A program of the tests themselves. */
  readonly program: (name: (typeof programs)[number]) => string;
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
  const words = await until('the build has ended', () => readFile(became, 'utf8'), 120_000);
  if (words !== 'built') throw new Error(words);
  return {
    dir,
    main: join(dir, packed, 'main.js'),
    cli: join(dir, packed, 'cli.js'),
    play: join(dir, packed, 'play.js'),
    program: (name) => join(dir, packed, `${name}.js`),
  };
}

/** Builds with the compiler and the settings of `npm run build`; mistakes in types are for `npm run check` to tell. */
async function build(dir: string): Promise<void> {
  const here = process.cwd();
  const config = join(dir, 'tsconfig.json');
  const settings = {
    extends: join(here, 'tsconfig.build.json'),
    compilerOptions: {
      noCheck: true,
      rootDir: here,
      outDir: dir,
      typeRoots: [join(here, 'node_modules', '@types')],
    },
    include: [
      join(here, 'src'),
      join(here, 'packages'),
      ...['load-packed', ...programs].map((name) => join(here, 'test', 'support', `${name}.ts`)),
    ],
  };
  await writeFile(config, JSON.stringify(settings));
  await Promise.all([
    run(process.execPath, [join(here, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config]),
    cp(join(here, page), join(dir, page), { recursive: true }),
    cp(join(here, 'package.json'), join(dir, 'package.json')),
    symlink(join(here, 'node_modules'), join(dir, 'node_modules')),
  ]);
  await pack(dir, {
    main: 'src/main.js',
    cli: 'src/cli.js',
    play: 'packages/playground/src/cli.js',
    child: 'packages/playground/src/bot/child.js',
    ...Object.fromEntries(programs.map((name) => [name, `test/support/${name}.js`])),
  });
}
