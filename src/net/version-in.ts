import { z } from 'zod';
import { answerPathSchema, jsonBody, oneLineText } from './answer-path.ts';
import type { Answered } from './call.ts';
import { headerNameSchema } from './headers.ts';

/**
 * Options for the place of the running version in an answer: a path of its JSON, a header, or the whole text. One of
 * them.
 */
export const versionOptions = {
  versionPath: answerPathSchema.optional(),
  versionHeader: headerNameSchema.optional(),
  versionText: z.boolean().optional(),
};

type VersionOptions = z.output<z.ZodObject<typeof versionOptions>>;

/** A check for schemas with `versionOptions`: two places could name two versions. */
export const oneVersion: [
  fits: (options: VersionOptions) => boolean,
  otherwise: { path: string[]; error: string },
] = [
  (options) => places(options).length <= 1,
  {
    path: ['versionPath'],
    error: 'name one place only: versionPath, versionHeader or versionText',
  },
];

/** Whether the options ask for a version, and whether that needs the body. */
export function readsVersion(options: VersionOptions): { reads: boolean; body: boolean } {
  const reads = places(options).length > 0;
  return { reads, body: reads && options.versionHeader === undefined };
}

/**
 * The version in an answer: its characters as text, at most 128, without control characters; or what is wrong, in words
 * that follow `answered`.
 */
export function versionIn(
  options: VersionOptions,
  answer: Answered,
): { version: string } | { wrong: string } {
  const { versionPath, versionHeader } = options;
  if (versionHeader !== undefined) {
    const lines = [answer.headers[versionHeader] ?? []].flat();
    if (new Set(lines).size > 1) return { wrong: `with several headers ${versionHeader}` };
    return named(lines[0], `without the header ${versionHeader}`);
  }
  if (versionPath === undefined) {
    const text = answer.body.trim();
    if (text !== '' && /^\S{1,128}$/.test(text) && !/^[<{[]/.test(text))
      return named(text.replace(/^"(.+)"$/, '$1'), '');
    return { wrong: `something that is not a version${after(answer.words)}` };
  }
  const json = jsonBody(answer.body);
  if (json === undefined) return { wrong: `something that is not JSON${after(answer.words)}` };
  const text = json.textAt(versionPath);
  if (text === undefined && (json.valueAt(versionPath) ?? null) !== null)
    return { wrong: `with something at "${versionPath}" that is neither text nor a number` };
  return named(text, `without "${versionPath}"`);
}

function named(text: string | undefined, wrong: string): { version: string } | { wrong: string } {
  const version = oneLineText(text ?? '', 128);
  return version === '' ? { wrong } : { version };
}

function places({ versionPath, versionHeader, versionText }: VersionOptions): unknown[] {
  return [versionPath, versionHeader, versionText === true ? true : undefined].filter(
    (place) => place !== undefined,
  );
}

function after(words: string): string {
  return words === '' ? '' : `: ${words}`;
}
