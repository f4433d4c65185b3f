/** Loads what `pack.ts` has packed, in the processes that tests start. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const require = createRequire(import.meta.url);
const loaded = new Map<string, { exports: { ended?: Promise<void> } }>();
const compiled = new Map<string, Script>();
const resolve = (id: string): string => import.meta.resolve(id);

/**
 * Runs the packed file of this URL, a CommonJS module. What V8 compiled of it before is next to it: to compile takes most
 * of a start. `exports.ended` of a program resolves at its end, and rejects as the program would throw.
 */
export function load(url: string): { ended?: Promise<void> } {
  const known = loaded.get(url);
  if (known) return known.exports;
  const module = { exports: {} };
  loaded.set(url, module);
  const filename = fileURLToPath(url);
  const cachedData = stored(filename);
  // The first line adds no line, so that a place in a stack is one in the file.
  const script = new Script(
    `(function (exports, require, module, __url, __resolve) {${readFileSync(filename, 'utf8')}\n})`,
    { filename, cachedData },
  );
  if (!cachedData) compiled.set(filename, script);
  const run = script.runInThisContext() as (...given: unknown[]) => void;
  const requireHere = (id: string): unknown =>
    id.startsWith('./') ? load(new URL(id, url).href) : (require(id) as unknown);
  // As deep as `src`, one folder above the packed files.
  const above = new URL(`../${filename.split('/').at(-1)}`, url).href;
  run(module.exports, requireHere, module, above, resolve);
  return module.exports;
}

function stored(filename: string): Buffer | undefined {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
}

// Said by `pack.ts` alone, before any test: what these starts ran is in the caches.
if (process.env['PACKED_KEEP'] === 'yes')
  process.once('exit', () => {
    for (const [filename, script] of compiled) {
      const own = `${filename}.${process.pid}`;
      writeFileSync(own, script.createCachedData());
      renameSync(own, `${filename}.cache`);
    }
  });
