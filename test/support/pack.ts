import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import packageJson from '../../package.json' with { type: 'json' };

/** As deep as `src`, so that `../package.json` is the same. */
export const packed = 'packed';

/** The imports and comments at the beginning of a module, as the compiler writes them. */
const beginning = /^(?:#!.*\n|\/\*[\s\S]*?\*\/\n|\/\/.*\n|import [\s\S]*?;\n|\n)*/;

/**
 * Packs the built modules and all packages into a few files, which `load-packed.ts` runs, and has V8 keep what it compiled
 * of them: of the processor time of a start, which the tests of a run make hundreds of, the files and the compiler take
 * more than half. `programs` are the entries by name, as paths in `dir`; each becomes `<dir>/packed/<name>.js`.
 */
export async function pack(dir: string, programs: Readonly<Record<string, string>>): Promise<void> {
  const entries = new Set(Object.values(programs).map((path) => join(dir, path)));
  const bundle = await rolldown({
    cwd: dir,
    platform: 'node',
    input: { ...programs },
    // Installed by who needs them: whether they are there is looked up when they are needed.
    external: Object.keys(packageJson.optionalDependencies),
    transform: { define: { 'import.meta.url': '__url', 'import.meta.resolve': '__resolve' } },
    plugins: [
      {
        name: 'program',
        // V8 keeps nothing of modules, so that these are scripts; those cannot wait at their top.
        transform(code, id) {
          if (!entries.has(id)) return undefined;
          const at = beginning.exec(code)?.[0].length ?? 0;
          const imports = code.slice(0, at).replace(/^#!.*/, '');
          return `${imports}export const ended = (async () => {\n${code.slice(at)}\n})();\n`;
        },
      },
    ],
    logLevel: 'silent',
  });
  const place = join(dir, packed);
  await bundle.write({
    dir: place,
    format: 'cjs',
    // A script knows no folder to import from: packages are required from the folder of the build.
    dynamicImportInCjs: false,
    entryFileNames: 'code/[name].js',
    chunkFileNames: 'code/[name]-[hash].js',
  });
  for (const name of Object.keys(programs)) {
    const program = [
      "import { load } from '../test/support/load-packed.js';",
      `await load(new URL('./code/${name}.js', import.meta.url).href).ended;`,
    ];
    await writeFile(join(place, `${name}.js`), program.join('\n'));
  }
  await cp(join(dir, page), join(place, 'public'), { recursive: true });
  // A whole game, and so a whole life of the bot; then a verb, up to its first mistake.
  await start(join(place, 'play.js'), '--terminal');
  await start(join(place, 'cli.js'), 'status');
}

/** What the browser gets of the playground, as it is. */
export const page = join('packages', 'playground', 'src', 'page', 'public');

/** Runs a program to its end, however that is, with nothing at its input. */
function start(program: string, ...args: string[]): Promise<void> {
  const env = { PATH: process.env['PATH'], PACKED_KEEP: 'yes' };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env, timeout: 60_000 }, () => resolve()).stdin?.end();
  });
}
