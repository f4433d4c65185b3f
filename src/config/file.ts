import { readFileSync, statSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { isPlain } from './config-errors.ts';
import type { SchemaError } from './config-errors.ts';
import type { Env } from './env-substitution.ts';

const mostBytes = 1024 * 1024;
/** Most uses of one alias, multiplied by the aliases inside it, before a file counts as a bomb. */
const mostAliases = 100;

/**
 * Reads the file as text: at the path `given` as an argument, otherwise at the environment's. A file that is missing,
 * unreadable, above 1 MiB or not UTF-8 is a finding.
 */
export function readText(env: Env, given?: string): { text: string } | { finding: SchemaError } {
  const path = given ?? (env['SWITCHBACK_CONFIG'] || './switchback.yml');
  const wrong = (of: string): { finding: SchemaError } => {
    if (given === undefined)
      return { finding: { path: ['SWITCHBACK_CONFIG'], message: `names a file that ${of}` } };
    const named = `file ${given}`;
    return { finding: { path: [isPlain(named) ? named : 'file'], message: of } };
  };
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return wrong('is not a plain file');
    if (stat.size > mostBytes) return wrong('is above 1 MiB');
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    if (error instanceof TypeError) return wrong('is not UTF-8');
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code !== 'ENOENT') return wrong(`cannot be read (${code})`);
    return wrong(`does not exist${given === undefined ? ' (default: ./switchback.yml)' : ''}`);
  }
}

/**
 * Parses YAML 1.2 (core schema) as plain data. Duplicate keys, unknown tags, several documents, masses of nested
 * aliases and more than 1 MiB are errors. Findings name line and column, and no text of the file except a key.
 */
export function parseYaml(text: string): { value: unknown } | { findings: SchemaError[] } {
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
      const [at] = problem.pos;
      const { line, col } = lines.linePos(at);
      const key = problem.code === 'DUPLICATE_KEY' ? keyAt(text, at) : undefined;
      return {
        path: [`file line ${line} column ${col}`],
        message: `${sentences[problem.code] ?? 'is not valid YAML'}${key === undefined ? '' : `: ${key}`}`,
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

/** The key at this place, where it can be shown. */
function keyAt(text: string, at: number): string | undefined {
  const key = /^[\w.-]+(?=["']?\s*:)/.exec(text.slice(at, at + 100).replace(/^["']/, ''))?.[0];
  return key !== undefined && isPlain(key) ? key : undefined;
}

/** True for a prototype key, which schemas ignore silently. */
function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(namesPrototype);
}

const sentences: Record<string, string> = {
  DUPLICATE_KEY: 'is a key that is given twice in the same group',
  TAB_AS_INDENT: 'is indented with a tab; YAML takes spaces only',
  BAD_INDENT: 'is not valid YAML: indented wrongly, or a bracket is missing',
  BAD_ALIAS: 'is not valid YAML: an alias without its anchor',
  MISSING_CHAR: 'is not valid YAML: a quote, colon, comma or bracket is missing',
  NON_STRING_KEY: 'is a key that is not text',
  TAG_RESOLVE_FAILED: 'has a tag that is not known here',
  MULTIPLE_DOCS: 'begins a second document; only one is read',
};
