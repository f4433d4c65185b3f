/** Reads the options of a command among its words. */
import type { Line } from '../release/line.ts';
import { line } from '../release/line.ts';
import { parseDuration } from '../release/duration.ts';
import { nearest } from '../text/did-you-mean.ts';
import { spokenDuration } from '../text/spoken-duration.ts';
import { bare, dashes, isDashes, shorten } from './tokenize.ts';
import type { Word } from './tokenize.ts';

/** What an option takes: nothing, a duration, or free text (quoted, or up to the next option). */
export type OptionKind = 'flag' | 'duration' | 'reason';

/** What reading options needs of a verb's grammar; see `Grammar` in `parse-command.ts`. */
interface Shape {
  verb: string;
  rest?: string;
  forgiving?: boolean;
  /** By name, without dashes. */
  options?: Readonly<Record<string, OptionKind>>;
}

/** An option as typed. `clear`: with two dashes or a long one; a single hyphen may begin any word. */
interface Option {
  name: string;
  value: string | undefined;
  clear: boolean;
}

const typed = new RegExp(
  `^([${dashes}]+)([A-Za-z][A-Za-z\\-\\u2010-\\u2012\\u2212]*)(?:=(.*))?[.,:!?]*$`,
  'su',
);

/** `--name` or `--name=value` of a word, after dashes of any kind; undefined for other words. */
export function optionOf(word: Word): Option | undefined {
  if (word.quoted) return undefined;
  const [, before = '', name, value] = typed.exec(word.text) ?? [];
  if (name === undefined) return undefined;
  const clear = before.length > 1 || /[\u2013-\u2015\u2e3a\u2e3b\ufe58]/.test(before);
  return { name: name.replaceAll(/[\u2010-\u2012\u2212]/g, '-').toLowerCase(), value, clear };
}

interface Split {
  options: Map<string, string>;
  /** The words without options, as typed; pieces between options are joined by a space. */
  rest: string;
  /** The number of words in `rest`. */
  loose: number;
}

/** Separates options from other words. `elsewhere`: the options of all verbs, by name. */
export function splitOptions(
  text: string,
  words: readonly Word[],
  shape: Shape,
  elsewhere: ReadonlySet<string>,
): Split | { wrong: Line } {
  const { options: known = {}, forgiving = false } = shape;
  const options = new Map<string, string>();
  const runs: Word[][] = [[]];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as Word;
    const option = optionOf(word);
    const kind = option !== undefined && Object.hasOwn(known, option.name) ? known[option.name] : undefined;
    const begins = option?.clear === true || (kind !== undefined && runs.at(-1)?.length === 0);
    if (option === undefined || !begins || (forgiving && (kind === undefined || options.has(option.name)))) {
      runs.at(-1)?.push(word);
      continue;
    }
    if (kind === undefined) return { wrong: unknownOption(option.name, shape) };
    if (options.has(option.name)) return { wrong: line`${{ code: `--${option.name}` }} is given twice.` };
    const values =
      option.value !== undefined || kind === 'flag'
        ? []
        : kind === 'duration'
          ? durationAt(text, words, i + 1)
          : reasonAt(words, i + 1, forgiving);
    i += values.length;
    if (option.value !== undefined && kind === 'flag')
      return { wrong: line`${{ code: `--${option.name}` }} takes no value.` };
    const value = option.value ?? asTyped(text, kind === 'reason' ? undashed(values) : values);
    if (kind === 'duration' && value === '')
      return { wrong: line`${{ code: `--${option.name}` }} needs a value.` };
    const wrong = kind === 'reason' ? dashedReason(undashed(values), shape, elsewhere) : undefined;
    if (wrong !== undefined) return { wrong };
    options.set(option.name, kind === 'duration' ? plainDuration(value) : value);
    runs.push([]);
  }
  const used = runs.filter((run) => run.length > 0);
  if (shape.rest === 'reason' && used[0] !== undefined) {
    used[0] = undashed(used[0]);
    const wrong = dashedReason(used[0], shape, elsewhere);
    if (wrong !== undefined) return { wrong };
  }
  return {
    options,
    rest: used
      .map((run) => asTyped(text, run))
      .join(' ')
      .trim(),
    loose: used.flat().length,
  };
}

/** Free text after an option. A quoted reason is complete; later words do not belong to it. */
function reasonAt(words: readonly Word[], from: number, forgiving: boolean): Word[] {
  const [first, ...more] = words.slice(from);
  if (first === undefined || (!forgiving && optionOf(first)?.clear === true)) return [];
  if (first.quoted) return [first];
  const end = more.findIndex((word) => word.quoted || (!forgiving && optionOf(word)?.clear === true));
  return [first, ...(end === -1 ? more : more.slice(0, end))];
}

/** The words of a duration: one, or as many as it has. */
function durationAt(text: string, words: readonly Word[], from: number): Word[] {
  const first = words[from];
  if (first === undefined || optionOf(first)?.clear === true) return [];
  const length = first.quoted ? 0 : (spokenDuration(text.slice(first.start))?.length ?? 0);
  return words.slice(from).filter((word, i) => i === 0 || word.start < first.start + length);
}

/** `1h30m` and `2 hours` in the form that `parseDuration` reads; any other text as typed. */
function plainDuration(value: string): string {
  const plain = bare(value);
  const spoken = parseDuration(plain) === undefined ? spokenDuration(plain) : undefined;
  return spoken?.length === plain.length ? `${spoken.seconds}s` : plain;
}

/** The words without the dash before a reason: `revert checkout – it burns`. */
function undashed(run: readonly Word[]): Word[] {
  const [first, ...more] = run;
  return first !== undefined && !first.quoted && isDashes(first.text) ? more : [...run];
}

/**
 * The question about a reason that begins with dashes, which may be a mistyped option. A revert is carried out anyway,
 * unless another verb has that option: `--dry-run` means that nothing should happen.
 */
function dashedReason(
  [first]: readonly Word[],
  shape: Shape,
  elsewhere: ReadonlySet<string>,
): Line | undefined {
  if (first === undefined || first.quoted || !new RegExp(`^[${dashes}]`, 'u').test(first.text))
    return undefined;
  const option = optionOf(first);
  const meant =
    option !== undefined && elsewhere.has(option.name) && !Object.hasOwn(shape.options ?? {}, option.name);
  if (shape.forgiving === true && !meant) return undefined;
  if (option !== undefined) return unknownOption(option.name, shape);
  return line`A reason that begins with dashes may be an option that cannot be read. ${quoted}`;
}

const quoted = line`Put a reason that begins with it in quotes.`;

/** The words as they stand in the line; a single quoted group loses its quotes. */
function asTyped(text: string, run: readonly Word[]): string {
  const [first, last] = [run[0], run.at(-1)];
  if (first === undefined || last === undefined) return '';
  return run.length === 1 ? first.text.trim() : text.slice(first.start, last.end);
}

function unknownOption(name: string, { verb, options = {} }: Shape): Line {
  const known = Object.keys(options);
  const near = nearest(name, known);
  const given = { code: shorten(`--${name}`) };
  if (near !== undefined)
    return line`There is no option ${given} here. Did you mean ${{ code: `--${near}` }}?`;
  const takes = known.length === 0 ? 'no options' : known.map((one) => `--${one}`).join(', ');
  return line`There is no option ${given} here; ${{ code: verb }} takes ${takes}. Put a reason that contains it in quotes.`;
}
