/** The grammar of what people type. Pure: text in, a verb with its arguments or a refusal out. */
import type { Line } from '../release/line.ts';
import { line } from '../release/line.ts';
import type { Refusal } from '../release/refusals.ts';
import { serviceNameSchema, versionSchema } from '../release/settings.ts';
import { nearest } from './nearest.ts';
import { bare, decodeSlack, optionOf, wordsOf } from './words.ts';
import type { Word } from './words.ts';

/** What an option takes: nothing, one word, or free text (quoted, or up to the next option). */
export type OptionKind = 'flag' | 'word' | 'reason';

/** What a verb takes, as its file in `subcommands/` says. */
export interface Shape {
  verb: string;
  /** `promote <service> [--dry-run]`: shown with every refusal of its arguments. */
  usage: string;
  service: 'required' | 'optional' | 'none';
  /** What follows the service. `version`, `count` and `topic` are one word, `reason` is the rest of the line. */
  rest?: 'version' | 'count' | 'topic' | 'reason';
  restRequired?: boolean;
  /** Options by name, without dashes. */
  options?: Readonly<Record<string, OptionKind>>;
  /** However its reason is written, it is no cause to refuse: what cannot be shown or kept is left out of it. */
  forgiving?: boolean;
}

/** Arguments as read. `rest` and option texts are literal, at most 300 characters; a flag's text is empty. */
export interface Args {
  service: string | undefined;
  rest: string;
  options: ReadonlyMap<string, string>;
}

const nothingDone = line`Nothing was done.`;

/** `misnamed`: what was typed where a service should stand, and cannot be the name of one. */
export type Read =
  | { ok: true; verb: string; args: Args }
  | { ok: false; refusal: Refusal; misnamed?: string };

/** Characters of a whole command; Slack itself sends no more than about 4,000. */
const longestText = 3000;
/** Characters of a reason. */
export const longestReason = 300;
/** C0 and C1 controls, and those that turn the direction of text. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu;

/** True when a text holds characters that nobody can see or that turn it around. */
export function hasControls(text: string): boolean {
  return withoutControls(text) !== text;
}

/** The text without characters that nobody can see or that turn it around. */
function withoutControls(text: string): string {
  return text.replaceAll(controls, '');
}

/** A reason as it can be kept and shown: nothing invisible in it, and at most 300 characters. */
export function tidyReason(text: string): string {
  const characters = Array.from(withoutControls(text).trim());
  return characters.length > longestReason
    ? `${characters.slice(0, longestReason - 1).join('')}…`
    : characters.join('');
}

/**
 * Reads one command. `given` is the verb when the slash command itself names it (`/stage …`). Nothing typed is `help`.
 */
export function readCommand(raw: string, shapes: readonly Shape[], given?: string): Read {
  const typed = decodeSlack(raw.slice(0, longestText)).replaceAll(/[\t\n\r\v\f\u2028\u2029]/g, ' ');
  const text = withoutControls(typed);
  const words = wordsOf(text);
  const first = given === undefined ? words.shift() : undefined;
  const verb = given ?? (first === undefined ? 'help' : bare(first.text).toLowerCase());
  const shape = shapes.find((candidate) => candidate.verb === verb);
  if (shape?.forgiving !== true) {
    if (raw.length > longestText)
      return refuse(
        line`This command is ${raw.length} characters long; at most ${longestText} are read.`,
        line`Type a shorter one.`,
      );
    if (hasControls(typed))
      return refuse(
        line`The command holds control characters that cannot be shown.`,
        line`Type it again without them.`,
      );
  }
  if (shape === undefined) return refuse(...unknownVerb(first?.text ?? verb, shapes));
  const args = readArgs(text, words, shape);
  return 'refusal' in args ? { ok: false, ...args } : { ok: true, verb, args };
}

function readArgs(text: string, words: Word[], shape: Shape): Args | { refusal: Refusal; misnamed?: string } {
  const wrong = (why: Line): { refusal: Refusal } => ({
    refusal: { code: 'bad-arguments', what: nothingDone, why, next: line`Usage: ${{ code: shape.usage }}` },
  });
  let service: string | undefined;
  if (shape.service !== 'none') {
    const word = words[0];
    if (word === undefined || optionOf(word) !== undefined) {
      if (shape.service === 'required')
        return wrong(line`${{ code: shape.verb }} needs a service, right after the verb.`);
      if (word !== undefined) return wrong(line`${{ code: shape.verb }} takes no option before the service.`);
    } else {
      words.shift();
      service = bare(word.text).toLowerCase();
      if (!serviceNameSchema.safeParse(service).success) {
        const why = line`${{ code: shorten(word.text) }} cannot be the name of a service: letters, digits and hyphens, at most 63.`;
        return { ...wrong(why), misnamed: service };
      }
    }
  }
  const split = splitOptions(text, words, shape);
  if ('wrong' in split) return wrong(split.wrong);
  const { options, loose } = split;
  const rest = shape.forgiving === true ? tidyReason(split.rest) : split.rest;
  const [lonely] =
    [...options].find(([name, value]) => shape.options?.[name] === 'reason' && value === '') ?? [];
  if (lonely !== undefined) {
    if (rest === '') return wrong(line`${{ code: `--${lonely}` }} needs a reason after it.`);
    options.set(lonely, rest);
  }
  if (shape.forgiving === true) for (const [name, value] of options) options.set(name, tidyReason(value));
  const left = lonely === undefined ? rest : '';
  for (const value of [...options.values(), shape.rest === 'reason' ? left : '']) {
    if (Array.from(value).length > longestReason) {
      return wrong(
        line`A reason has at most ${longestReason} characters; this one has ${Array.from(value).length}.`,
      );
    }
  }
  if (left === '') {
    if (shape.restRequired === true)
      return wrong(line`${{ code: shape.verb }} needs a ${shape.rest ?? 'value'}.`);
    return { service, rest: '', options };
  }
  return readRest(left, loose, { service, options }, shape, wrong);
}

function readRest(
  left: string,
  loose: number,
  read: Omit<Args, 'rest'>,
  shape: Shape,
  wrong: (why: Line) => { refusal: Refusal },
): Args | { refusal: Refusal } {
  const extra = (): { refusal: Refusal } =>
    wrong(line`${{ code: shape.verb }} does not take ${{ code: shorten(left) }}.`);
  switch (shape.rest) {
    case 'reason':
      return { ...read, rest: left };
    case 'version':
      if (loose > 1) return wrong(line`A version is one word; ${{ code: shorten(left) }} is ${loose}.`);
      if (versionSchema.safeParse(bare(left)).success) return { ...read, rest: bare(left) };
      return wrong(
        line`${{ code: shorten(left) }} cannot be a version: letters, digits and ${{ code: '. _ + : @ / -' }}, at most 128, a letter or digit at both ends.`,
      );
    case 'count':
      if (/^[1-9]\d{0,2}$/.test(bare(left))) return { ...read, rest: bare(left) };
      return wrong(line`${{ code: shorten(left) }} is not a number from 1 to 999.`);
    case 'topic':
      return loose > 1 ? extra() : { ...read, rest: bare(left).toLowerCase() };
    case undefined:
      return extra();
    default:
      return shape.rest satisfies never;
  }
}

interface Split {
  options: Map<string, string>;
  /** What is no option, as typed; pieces between options are joined by a space. */
  rest: string;
  /** How many words `rest` has. */
  loose: number;
}

function splitOptions(
  text: string,
  words: readonly Word[],
  { options: known = {}, forgiving = false }: Shape,
): Split | { wrong: Line } {
  const options = new Map<string, string>();
  const runs: Word[][] = [[]];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as Word;
    const option = optionOf(word);
    const kind = option !== undefined && Object.hasOwn(known, option.name) ? known[option.name] : undefined;
    const isText = forgiving && (kind === undefined || options.has(option?.name ?? ''));
    if (option === undefined || isText) {
      runs.at(-1)?.push(word);
      continue;
    }
    if (kind === undefined) return { wrong: unknownOption(option.name, Object.keys(known)) };
    if (options.has(option.name)) return { wrong: line`${{ code: `--${option.name}` }} is given twice.` };
    const values: Word[] = [];
    if (option.value === undefined && kind !== 'flag') {
      while (words[i + 1] !== undefined && (forgiving || optionOf(words[i + 1] as Word) === undefined)) {
        const next = words[i + 1] as Word;
        // A quoted reason is complete in itself; what comes after it is no part of it.
        if (values.length > 0 && (kind === 'word' || next.quoted !== values[0]?.quoted || values[0]?.quoted))
          break;
        values.push(next);
        i += 1;
      }
    }
    if (option.value !== undefined && kind === 'flag')
      return { wrong: line`${{ code: `--${option.name}` }} takes no value.` };
    const value = option.value ?? asTyped(text, values);
    if (kind === 'word' && value === '')
      return { wrong: line`${{ code: `--${option.name}` }} needs a value.` };
    options.set(option.name, kind === 'word' ? bare(value) : value);
    runs.push([]);
  }
  const used = runs.filter((run) => run.length > 0);
  return { options, rest: used.map((run) => asTyped(text, run)).join(' '), loose: used.flat().length };
}

/** Words as they stand in the line; a single quoted group loses its quotes. */
function asTyped(text: string, run: readonly Word[]): string {
  const [first, last] = [run[0], run.at(-1)];
  if (first === undefined || last === undefined) return '';
  return run.length === 1 ? first.text.trim() : text.slice(first.start, last.end);
}

function unknownOption(name: string, known: readonly string[]): Line {
  const near = nearest(name, known);
  const typed = { code: shorten(`--${name}`) };
  if (near !== undefined)
    return line`There is no option ${typed} here. Did you mean ${{ code: `--${near}` }}?`;
  return line`There is no option ${typed} here. Put a reason that contains it in quotes.`;
}

/** What is said to a verb that does not exist, and which there are. */
export function unknownVerb(typed: string, shapes: readonly Pick<Shape, 'verb'>[]): [Line, Line] {
  const verbs = shapes.map((shape) => shape.verb);
  const near = nearest(bare(typed), verbs);
  const guess = near === undefined ? [] : line` Did you mean ${{ code: near }}?`;
  return [line`There is no verb ${{ code: shorten(typed) }}.${guess}`, line`Verbs: ${verbs.join(', ')}.`];
}

function refuse(why: Line, next: Line): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { code: 'bad-arguments', what: nothingDone, why, next } };
}

/** At most 64 characters of a text, so that an answer never repeats a whole pasted page. */
export function shorten(text: string): string {
  const characters = Array.from(text.slice(0, 200));
  return characters.length > 64 || text.length > 200 ? `${characters.slice(0, 63).join('')}…` : text;
}
