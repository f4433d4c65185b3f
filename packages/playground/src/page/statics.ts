import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** A file of the page. */
export interface Static {
  type: string;
  body: Buffer;
}

const folder = new URL('./public/', import.meta.url);

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
};

/** The libraries that the page may load, and their files. */
const parts: Readonly<Record<string, () => string>> = {
  'preact.mjs': () => import.meta.resolve('preact'),
  'hooks.mjs': () => import.meta.resolve('preact/hooks'),
  'htm.mjs': () => import.meta.resolve('htm'),
  'htm-preact.mjs': () => import.meta.resolve('htm/preact'),
  // Its main file is CommonJS, which no browser reads.
  'uplot.mjs': () => new URL('./uPlot.esm.js', import.meta.resolve('uplot')).href,
  'uplot.css': () => new URL('./uPlot.min.css', import.meta.resolve('uplot')).href,
};

/** Plain names only, so that no path leads out of the folder. */
const plainPath = /^\/(?<path>(?:[a-z0-9][a-z0-9-]*\/)*[a-z0-9][a-z0-9-]*\.(?<ending>[a-z]+))$/;

/** Reads the file at this path, each time; undefined when there is none. */
export async function findStatic(path: string): Promise<Static | undefined> {
  const wanted = path === '/' ? '/index.html' : path;
  const found = plainPath.exec(wanted)?.groups;
  const type = found && types[found['ending'] ?? ''];
  if (type === undefined) return undefined;
  const [, part] = /^\/parts\/(.+)$/.exec(wanted) ?? [];
  if (part !== undefined && !Object.hasOwn(parts, part)) return undefined;
  const url = part === undefined ? new URL(`.${wanted}`, folder) : new URL(parts[part]?.() ?? '');
  try {
    return { type, body: await readFile(url) };
  } catch {
    return undefined;
  }
}

/** The inline scripts of a document, such as its import map, as sources for a Content-Security-Policy. */
export function inlineScripts(html: string): string[] {
  return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
}
