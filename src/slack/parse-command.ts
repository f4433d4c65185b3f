/** The grammar of what people type. Pure: text in, a verb with its arguments or a refusal out. */
import type { Line } from '../release/line.ts';
import { line } from '../release/line.ts';
import type { Refusal } from '../release/refusals.ts';
import { serviceNameSchema, versionSchema } from '../release/settings.ts';
import { withoutControls, withoutInvisible } from '../release/invisible-characters.ts';
import { nearest } from '../text/did-you-mean.ts';
import { hasControls, longestReason, tidyReason } from '../text/reason.ts';
import { optionOf, splitOptions } from './options.ts';
import type { OptionKind } from './options.ts';
import { bare, bareVersion, decodeSlack, shorten, unformatted, wordsOf } from './tokenize.ts';
import type { Word } from './tokenize.ts';

/** The arguments of a verb, as its file in `subcommands/` declares them. */
export interface Grammar {
  verb: string;
  /** `promote <service> [--dry-run]`: shown with every refusal of its arguments. */
  usage: string;
  service: 'required' | 'optional' | 'none';
  /** The argument after the service. `version`, `count` and `topic` are one word, `reason` and `alert` are the rest of the line. */
  rest?: 'version' | 'count' | 'topic' | 'reason' | 'alert';
  restRequired?: boolean;
  /** Options by name, without dashes. */
  options?: Readonly<Record<string, OptionKind>>;
  /** A reason never causes a refusal: unusable characters are dropped. */
  forgiving?: boolean;
}

/** Arguments as read. `rest` and option texts are literal, at most 300 characters; a flag's text is empty. */
export interface Args {
  service: string | undefined;
  rest: string;
  options: ReadonlyMap<string, string>;
}

const nothingDone = line`Nothing was done.`;

/** The result of reading. `misnamed`: the typed text in the place of a service, which cannot be a name. */
export type Read =
  | { ok: true; verb: string; args: Args }
  | { ok: false; refusal: Refusal; misnamed?: string };

/** Most characters of a whole command; Slack itself sends about 4,000 at most. */
const longestText = 3000;
/** Reads one command. `given` is the verb when the slash command itself names it (`/stage …`). Empty text is `help`. */
export function readCommand(raw: string, shapes: readonly Grammar[], given?: string): Read {
  const decoded = decodeSlack(raw.slice(0, longestText)).replaceAll(/[\t\n\r\v\f\u2028\u2029]/g, ' ');
  const typed = unformatted(withoutInvisible(decoded));
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
  const elsewhere = new Set(shapes.flatMap(({ options = {} }) => Object.keys(options)));
  const args = readArgs(text, words, shape, elsewhere);
  return 'refusal' in args ? { ok: false, ...args } : { ok: true, verb, args };
}

function readArgs(
  text: string,
  words: Word[],
  shape: Grammar,
  elsewhere: ReadonlySet<string>,
): Args | { refusal: Refusal; misnamed?: string } {
  const wrong = (why: Line): { refusal: Refusal } => ({
    refusal: { code: 'bad-arguments', what: nothingDone, why, next: line`Usage: ${{ code: shape.usage }}` },
  });
  let service: string | undefined;
  if (shape.service !== 'none') {
    const word = words[0];
    if (word === undefined || optionOf(word)?.clear === true) {
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
  const split = splitOptions(text, words, shape, elsewhere);
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
  for (const value of [...options.values(), shape.rest === 'reason' || shape.rest === 'alert' ? left : '']) {
    if (Array.from(value).length > longestReason) {
      return wrong(
        line`A reason has at most ${longestReason} characters; this one has ${Array.from(value).length}.`,
      );
    }
  }
  if (left === '') {
    if (shape.restRequired === true)
      return wrong(
        line`${{ code: shape.verb }} needs ${shape.rest === 'alert' ? 'an' : 'a'} ${shape.rest ?? 'value'}.`,
      );
    return { service, rest: '', options };
  }
  return readRest(left, loose, { service, options }, shape, wrong);
}

function readRest(
  left: string,
  loose: number,
  read: Omit<Args, 'rest'>,
  shape: Grammar,
  wrong: (why: Line) => { refusal: Refusal },
): Args | { refusal: Refusal } {
  const extra = (): { refusal: Refusal } =>
    wrong(line`${{ code: shape.verb }} does not take ${{ code: shorten(left) }}.`);
  switch (shape.rest) {
    case 'reason':
    case 'alert':
      return { ...read, rest: left };
    case 'version':
      if (loose > 1) return wrong(line`A version is one word; ${{ code: shorten(left) }} is ${loose}.`);
      if (versionSchema.safeParse(bareVersion(left)).success) return { ...read, rest: bareVersion(left) };
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

/** The refusal of a verb that does not exist, with the list of verbs. */
export function unknownVerb(typed: string, shapes: readonly Pick<Grammar, 'verb'>[]): [Line, Line] {
  const verbs = shapes.map((shape) => shape.verb);
  const near = nearest(bare(typed), verbs);
  const guess = near === undefined ? [] : line` Did you mean ${{ code: near }}?`;
  return [line`There is no verb ${{ code: shorten(typed) }}.${guess}`, line`Verbs: ${verbs.join(', ')}.`];
}

function refuse(why: Line, next: Line): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { code: 'bad-arguments', what: nothingDone, why, next } };
}
