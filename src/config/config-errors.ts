import type { z } from 'zod';
import { makeScrub } from '../log/scrub.ts';
import { keysAt, notKnown } from './known-keys.ts';

/** One error: where it is, and what to do about it. Holds no value of the configuration. */
export interface ConfigMistake {
  path: string;
  message: string;
}

/** The configuration cannot be used. The message lists every error with its path, and prints no value. */
export class ConfigFault extends Error {
  readonly mistakes: readonly ConfigMistake[];

  constructor(mistakes: readonly ConfigMistake[]) {
    const count = mistakes.length === 1 ? 'one error' : `${mistakes.length} errors`;
    const lines = mistakes.map(({ path, message }) => `  ${path}: ${message}`);
    const inList = mistakes.some(({ path }) => /\.\d+(?:\.|$)/.test(path));
    const legend = inList ? ['(In a list, 0 is the first.)'] : [];
    super([`The configuration has ${count}:`, ...lines, ...legend].join('\n'));
    this.name = 'ConfigFault';
    this.mistakes = mistakes;
  }
}

/** The keys and indexes that lead to a value. */
export type Path = readonly (string | number)[];

const scrub = makeScrub();

/** `services.checkout.hooks.0.url`. A key that could be a misplaced value is shown as `?`. */
export function showPath(path: Path): string {
  return path.map((key) => (typeof key === 'number' || isPlain(key) ? String(key) : '?')).join('.');
}

/** True for a key that can be shown: short, of one line, and nothing that looks like a secret. */
export function isPlain(key: string): boolean {
  return /^[\w./:@ -]{1,64}$/.test(key) && scrub.text(key) === key;
}

/** An error that a schema found, before its path is shown. */
export interface SchemaError {
  path: Path;
  message: string;
}

type Issue = z.core.$ZodIssue;

/** The findings of a schema, one for each thing to change, in plain words. `base`: the path where it looked. */
export function findingsOf(error: z.ZodError, base: Path = [], schema?: z.ZodType): SchemaError[] {
  return error.issues
    .flatMap((issue) => findings(issue, [], schema))
    .map(({ path, message }) => ({ path: [...base, ...path], message }));
}

function findings(issue: Issue, base: Path, schema: z.ZodType | undefined): SchemaError[] {
  const path = [...base, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  if (issue.code === 'unrecognized_keys') {
    const known = schema === undefined ? [] : keysAt(schema, path);
    return issue.keys.map((key) => ({ path: [...path, key], message: notKnown(key, known) }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.map((branch) => ({ branch, distance: distance(branch) }));
    nearest.sort((one, two) => one.distance - two.distance);
    return nearest[0]?.branch.flatMap((inner) => findings(inner, path, schema)) ?? [];
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ path, message: `has a name that ${words(inner)}` }));
  }
  return [{ path, message: words(issue) }];
}

/** How far a value is from one form of a union: another type is furthest. */
function distance(branch: readonly Issue[]): number {
  const steps = branch.map((issue) => {
    if (issue.path.length === 0 && issue.code === 'invalid_type') return 100;
    return issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
  });
  return steps.reduce((sum, step) => sum + step, 0);
}

function words(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'is missing';
      return issue.message.startsWith('Invalid input')
        ? `must be ${typeNames[issue.expected] ?? issue.expected}`
        : issue.message;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return `must be one of ${optionsOf(issue)}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at least ${issue.minimum}`
        : 'must not be empty';
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'invalid_format':
      return issue.message.startsWith('Invalid') ? 'has the wrong format' : issue.message;
    default:
      return issue.message;
  }
}

/** The kinds of a discriminated union: zod has them at run time, but not in its type. */
function optionsOf(issue: object): string {
  return 'options' in issue && Array.isArray(issue.options)
    ? issue.options.map(String).join(', ')
    : 'the known kinds';
}

const typeNames: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
  record: 'a group of settings',
};
