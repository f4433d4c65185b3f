import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { inject } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { until } from './until.ts';

const run = promisify(execFile);

/** What the browser gets of the playground, as it is. */
const page = join('packages', 'playground', 'src', 'page', 'public');

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
  const words = await until('the build has ended', () => readFile(became, 'utf8'), 60_000);
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
      ...programs.map((name) => join(here, 'test', 'support', `${name}.ts`)),
    ],
  };
  await writeFile(config, JSON.stringify(settings));
  await Promise.all([
    run(process.execPath, [join(here, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config]),
    cp(join(here, page), join(dir, page), { recursive: true }),
    cp(join(here, 'package.json'), join(dir, 'package.json')),
    symlink(join(here, 'node_modules'), join(dir, 'node_modules')),
  ]);
  await pack(dir);
}

/** As deep as `src`, so that `../package.json` is the same. */
const packed = 'packed';

/**
 * Packs the built modules and all packages into a few files. Of the processor time of a start, which the tests of a run make
 * hundreds of, finding and reading a thousand files takes half.
 */
async function pack(dir: string): Promise<void> {
  const bundle = await rolldown({
    cwd: dir,
    platform: 'node',
    input: {
      main: 'src/main.js',
      cli: 'src/cli.js',
      play: 'packages/playground/src/cli.js',
      child: 'packages/playground/src/bot/child.js',
      ...Object.fromEntries(programs.map((name) => [name, `test/support/${name}.js`])),
    },
    // Installed by who needs them: whether they are there is looked up when they are needed.
    external: Object.keys(packageJson.optionalDependencies),
    logLevel: 'silent',
  });
  await bundle.write({ dir: join(dir, packed), format: 'esm' });
  await cp(join(dir, page), join(dir, packed, 'public'), {
    recursive: true,
  });
}
