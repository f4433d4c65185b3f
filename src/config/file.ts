import { readFileSync, statSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { Finding } from './mistakes.ts';

const mostBytes = 1024 * 1024;
/** Uses of one alias, multiplied through those inside it, before a file counts as a bomb. */
const mostAliases = 100;

/** Reads the file as text. A file that is missing, unreadable, above 1 MiB or not UTF-8 is a finding. */
export function readText(path: string): { text: string } | { finding: Finding } {
  const at = ['SWITCHBACK_CONFIG'];
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { finding: { path: at, message: 'names something that is not a file' } };
    if (stat.size > mostBytes) return { finding: { path: at, message: 'names a file above 1 MiB' } };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') {
      return {
        finding: { path: at, message: 'names a file that does not exist (default: ./switchback.yml)' },
      };
    }
    if (error instanceof TypeError)
      return { finding: { path: at, message: 'names a file that is not UTF-8' } };
    return {
      finding: { path: at, message: `names a file that cannot be read (${code})` },
    };
  }
}

/**
 * Parses YAML 1.2 (core schema) as plain data. Twofold keys, unknown tags, several documents, nested aliases in masses
 * and more than 1 MiB are mistakes. Findings name line and column, never the text that stands there.
 */
export function parseYaml(text: string): { value: unknown } | { findings: Finding[] } {
  if (Buffer.byteLength(text) > mostBytes)
    return { findings: [{ path: ['file'], message: 'is above 1 MiB' }] };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    stringKeys: true,
    strict: true,
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'silent',
  });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    const findings = problems.map((problem) => {
      const { line, col } = lines.linePos(problem.pos[0]);
      return {
        path: [`file line ${line} column ${col}`],
        message: sentences[problem.code] ?? 'is not valid YAML',
      };
    });
    return { findings: findings.slice(0, 20) };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    if (!namesPrototype(value)) return { value };
    return { findings: [{ path: ['file'], message: 'has a key __proto__, which is not a known setting' }] };
  } catch {
    return { findings: [{ path: ['file'], message: 'has aliases that are unknown or too many' }] };
  }
}

/** Schemas pass over such a key in silence. */
function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(namesPrototype);
}

const sentences: Record<string, string> = {
  DUPLICATE_KEY: 'is a key that stands twice in the same group',
  TAB_AS_INDENT: 'is indented with a tab; YAML takes spaces only',
  BAD_INDENT: 'is not valid YAML: indented wrongly, or a bracket is missing',
  BAD_ALIAS: 'is not valid YAML: an alias without its anchor',
  MISSING_CHAR: 'is not valid YAML: a quote, colon, comma or bracket is missing',
  NON_STRING_KEY: 'is a key that is not a text',
  TAG_RESOLVE_FAILED: 'has a tag that is not known here',
  MULTIPLE_DOCS: 'begins a second document; only one is read',
};
