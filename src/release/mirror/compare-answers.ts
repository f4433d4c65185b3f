/** Finds the fields in which the answer of the idle color differs from those of the live color. Pure. */
import { sameBut, withoutNames, withoutNow } from './own-names.ts';
import type { OwnNames } from './own-names.ts';
import type { MirrorAnswer } from './port.ts';
import { canonical, isList, isObject, readJson } from './read-json.ts';
import type { Json } from './read-json.ts';

/** Most fields that one comparison names. */
const mostFields = 50;
/** Most fields that differ, by themselves or not, of one answer. */
const mostLooks = 5_000;
/** Most lines, and tags, of a text. */
const mostLines = 10_000;
/** At most so much of a name is shown. */
const mostNameLength = 80;
/** Text of which less than this share stays the same between two answers of one color is not compared. */
const leastStable = 0.5;

/** What is compared, and how the colors name themselves. `now`: ms since 1970. */
export interface CompareRule {
  ignore: readonly string[];
  live: OwnNames;
  idle: OwnNames;
  now: number;
}

/**
 * Names of fields, fit for people: no values, and no keys that may be data. `odd`: the answers of the live color agree,
 * and that of the idle color is another. `noisy`: the live color does not agree with itself.
 */
export interface Difference {
  odd: readonly string[];
  noisy: readonly string[];
}

/**
 * Compares some answers of the live color to one GET with the answer of the idle color. `why`: they cannot be compared.
 */
export function compareAnswers(
  lives: readonly [MirrorAnswer, ...MirrorAnswer[]],
  idle: MirrorAnswer,
  rule: CompareRule,
): Difference | { why: string } {
  const found = new Findings(rule);
  const statuses = lives.map(({ status }) => String(status));
  found.texts('status', statuses, String(idle.status));
  // The bodies of another status say nothing more.
  if (found.isAny) return found.result();
  found.header('content-type', lives.map(mediaType), mediaType(idle));
  found.header(
    'location',
    lives.map((each) => placeOf(each, rule.live)),
    placeOf(idle, rule.idle),
  );
  if (found.isAny) return found.result();
  if (lives.every(({ body }) => body === idle.body)) return found.result();
  const parsed = isJson(lives[0]) ? lives.map(({ body }) => readJson(body)) : [];
  const other = parsed.length > 0 ? readJson(idle.body) : undefined;
  if (other === 'too-deep' || parsed.includes('too-deep')) return { why: 'its JSON is nested too deep' };
  const jsons = parsed.flatMap((each) => (each === undefined || each === 'too-deep' ? [] : [each.json]));
  const [first, ...others] = jsons;
  if (first === undefined || jsons.length < lives.length) {
    const [own, ...lines] = [idle, ...lives].map(({ body }) => linesOf(body, rule.now));
    if ([own, ...lines].some((each = []) => each.length > mostLines)) return { why: 'it has too many lines' };
    if (!found.lines(lines, own ?? []))
      return { why: 'most of it changes from one answer of the live color to the next' };
  } else if (other === undefined) found.odd.add('body');
  else found.json([first, ...others], other.json, undefined);
  return found.isTooMuch ? { why: 'too much of it differs to be compared' } : found.result();
}

/** Collects the fields. */
class Findings {
  readonly odd = new Set<string>();
  readonly noisy = new Set<string>();
  readonly #rule: CompareRule;
  #looks = 0;
  readonly #same: (ofLive: string, ofIdle: string) => boolean;
  readonly #ignored: RegExp | undefined;

  constructor(rule: CompareRule) {
    this.#rule = rule;
    this.#same = sameBut(rule.live, rule.idle);
    const patterns = rule.ignore.map((one) =>
      one.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^.]+'),
    );
    this.#ignored = patterns.length === 0 ? undefined : new RegExp(`^(?:${patterns.join('|')})(?:\\.|$)`);
  }

  get isTooMuch(): boolean {
    return this.#looks > mostLooks;
  }

  get isAny(): boolean {
    return this.odd.size + this.noisy.size > 0;
  }

  result(): Difference {
    // What differs from element to element of a list, and by itself in one of them, is not known to be different.
    const odd = [...this.odd].filter((name) => !this.noisy.has(name)).slice(0, mostFields);
    return { odd, noisy: [...this.noisy] };
  }

  header(name: string, lives: readonly string[], idle: string): void {
    if (this.#ignored?.test(name) !== true) this.texts(name, lives, idle);
  }

  texts(name: string, lives: readonly string[], idle: string): void {
    const [first = '', ...others] = lives;
    if (others.some((each) => each !== first)) this.noisy.add(name);
    else if (!this.#same(first, idle)) this.odd.add(name);
  }

  json(lives: readonly [Json, ...Json[]], idle: Json, path: Path | undefined): void {
    const [first] = lives;
    if (typeof first !== 'object' && first === idle && lives.every((each) => each === first)) return;
    if (isList(first) && isList(idle) && lives.every(isList)) this.#lists(lives, idle, path);
    else if (isObject(first) && isObject(idle) && lives.every(isObject)) this.#objects(lives, idle, path);
    else if (this.#isCompared(path))
      this.texts(
        nameOf(path),
        lives.map((each) => this.#textOf(each)),
        this.#textOf(idle),
      );
  }

  /** False where the field is ignored, and once too many differ: each one costs time in which nothing else is done. */
  #isCompared(path: Path | undefined): boolean {
    this.#looks += 1;
    if (this.isTooMuch) return false;
    return path === undefined || this.#ignored?.test(keysOf(path).join('.')) !== true;
  }

  #lists(lives: readonly (readonly Json[])[], idle: readonly Json[], path: Path | undefined): void {
    const least = Math.min(idle.length, ...lives.map((each) => each.length));
    if (idle.length !== least || lives.some((each) => each.length !== least)) {
      if (!this.#isCompared(path)) return;
      const length = `${nameOf(path)} (length)`;
      this.texts(
        length,
        lives.map((each) => String(each.length)),
        String(idle.length),
      );
      // Where one is missing, each of the next ones would differ too.
      if (this.odd.has(length)) return;
    }
    for (let i = 0; i < least && !this.isTooMuch; i += 1)
      this.#each(
        lives.map((each) => each[i]),
        idle[i],
        { key: '*', place: i, up: path },
      );
  }

  #objects(
    lives: readonly { readonly [key: string]: Json }[],
    idle: { readonly [key: string]: Json },
    path: Path | undefined,
  ): void {
    const all = [...lives, idle];
    const keys = new Set(all.flatMap((each) => Object.keys(each)));
    const rest: string[] = [];
    for (const key of keys)
      if (all.every((each) => Object.hasOwn(each, key)))
        this.#each(
          lives.map((each) => each[key]),
          idle[key],
          { key, up: path },
        );
      else rest.push(key);
    const has = rest.map((key) => lives.filter((each) => Object.hasOwn(each, key)).length);
    const isMap = has.some((count) => count > 0 && count < lives.length);
    rest.forEach((key, i) => {
      const below = { key, up: path };
      const inLives = has[i] ?? 0;
      if (!this.#isCompared(below)) return;
      if (inLives > 0 && inLives < lives.length) this.noisy.add(nameOf(below));
      // Where keys come and go by themselves, another new one says nothing.
      else if (inLives > 0 || !isMap) this.odd.add(nameOf(below));
    });
  }

  #each(lives: readonly (Json | undefined)[], idle: Json | undefined, path: Path): void {
    const [first = null, ...others] = lives.map((each) => each ?? null);
    this.json([first, ...others], idle ?? null, path);
  }

  #textOf(json: Json): string {
    // A text is not the number, or the word, of the same characters.
    return typeof json === 'string'
      ? withoutNow(json, this.#rule.now)
      : `\u0001${withoutNow(canonical(json), this.#rule.now)}`;
  }

  /** Returns false where most of the text changes by itself. */
  lines(lives: readonly (readonly string[])[], idle: readonly string[]): boolean {
    const [first = [], ...others] = lives;
    const agree = others.every(
      (each) => each.length === first.length && each.every((one, i) => one === first[i]),
    );
    if (agree) {
      const same = idle.length === first.length && first.every((one, i) => this.#same(one, idle[i] ?? ''));
      if (!same) this.odd.add('text');
      return true;
    }
    const stable = others.reduce((kept, each) => kept.filter(taker(each)), [...first]);
    if (stable.length < leastStable * first.length) return false;
    const { left, right } = this.#rest(stable, idle);
    const varies = Math.max(...lives.map(({ length }) => length)) - stable.length;
    if (left > 0 || right > varies) this.odd.add('text');
    else this.noisy.add('text');
    return true;
  }

  /** Counts the lines of each that the other does not have, in any order. */
  #rest(live: readonly string[], idle: readonly string[]): { left: number; right: number } {
    const left = live.filter(not(taker(idle))).map((each) => withoutNames(each, this.#rule.live));
    const right = idle.filter(not(taker(live))).map((each) => withoutNames(each, this.#rule.idle));
    return { left: left.filter(not(taker(right))).length, right: right.filter(not(taker(left))).length };
  }
}

/** Makes a test that is true for each of these texts as often as it is there. */
function taker(texts: readonly string[]): (text: string) => boolean {
  const left = new Map<string, number>();
  for (const text of texts) left.set(text, (left.get(text) ?? 0) + 1);
  return (text) => {
    const count = left.get(text) ?? 0;
    if (count > 0) left.set(text, count - 1);
    return count > 0;
  };
}

function not(test: (text: string) => boolean): (text: string) => boolean {
  return (text) => !test(text);
}

/** The lines of a text, and the tags of HTML, each with single spaces. */
function linesOf(body: string, now: number): string[] {
  return withoutNow(body, now)
    .split(/[\r\n]+|(?=<)/)
    .map((each) => each.replaceAll(/\s+/g, ' ').trim())
    .filter((each) => each !== '');
}

const jsonType = /^[\w.+-]+\/(?:[\w.+-]+\+)?json$/;

function isJson({ contentType }: MirrorAnswer): boolean {
  return jsonType.test(contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '');
}

/** The content type in one spelling. JSON has no charset. */
function mediaType(answer: MirrorAnswer): string {
  const [type = '', ...parameters] = answer.contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.replaceAll(/[\s"]/g, ''));
  const kept = parameters.filter((each) => each !== '' && !(isJson(answer) && each.startsWith('charset=')));
  return [type, ...kept.toSorted()].join(';');
}

/** Where a redirect leads: at the color's own host, by its path. */
function placeOf({ location }: MirrorAnswer, { host }: OwnNames): string {
  return location.replace(/^https?:\/\/([^/?#]*)/i, (origin: string, at: string) =>
    at === host ? '' : origin,
  );
}

/** A key that is a name, and no data such as an id, an address or a token. */
const plainKey = /^[A-Za-z][A-Za-z_-]*\d{0,2}$/;
const longestKey = 32;

/** The place of a field: its key, or its place in a list. */
interface Path {
  key: string;
  place?: number;
  up: Path | undefined;
}

function keysOf(path: Path | undefined): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at; at = at.up) keys.push(at.place ?? at.key);
  return keys.toReversed();
}

/** Returns the name of a field for people: `items.*.total`. What may be data is `*`. */
function nameOf(path: Path | undefined): string {
  if (path === undefined) return 'body';
  const name = keysOf(path)
    .map((key) => (typeof key === 'string' && key.length <= longestKey && plainKey.test(key) ? key : '*'))
    .join('.');
  return name.length <= mostNameLength ? name : `${name.slice(0, mostNameLength - 1)}…`;
}
