/** Words that differ between two equal colors: a time of now, and how a color names itself. Pure. */
import type { Color } from '../color.ts';

/** How a color may name itself in an answer. */
export interface OwnNames {
  color: Color;
  version: string | null;
  host: string;
}

/** A time this near to now is a time of now, ms: a cache may be some minutes old. */
const nearMs = 3_600_000;
/** A shorter version is only recognised where it stands alone: `2` may be anything. */
const shortVersion = 3;

const isoTime = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?/g;
const httpTime =
  /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT/g;
/** Seconds or milliseconds since 1970. */
const epochTime = /(?<![\w.])\d{10}(?:\d{3})?(?:\.\d{1,9})?(?![\w.])/g;

/** Returns the text with one word in place of each time that is within an hour of `now` (ms since 1970). */
export function withoutNow(text: string, now: number): string {
  const replaced = (at: number, found: string): string => (Math.abs(at - now) <= nearMs ? '<now>' : found);
  return text
    .replaceAll(isoTime, (found) => {
      const iso = found.replace(' ', 'T').replace(',', '.');
      const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`;
      return replaced(Date.parse(zoned.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')), found);
    })
    .replaceAll(httpTime, (found) => replaced(Date.parse(found), found))
    .replaceAll(epochTime, (found) => {
      const whole = found.split('.', 1)[0] ?? found;
      return replaced(Number(found) * (whole.length === 10 ? 1_000 : 1), found);
    });
}

/** Returns the text with one word in place of each name that the color has for itself. */
export function withoutNames(text: string, { color, version, host }: OwnNames): string {
  if (version !== null && text === version) return '<version>';
  const named = text.replaceAll(host, '<host>').replaceAll(wordOf(color), '<color>');
  return version === null || version.length < shortVersion
    ? named
    : named.replaceAll(wordOf(version), '<version>');
}

const words = new Map<string, RegExp>();

/** The pattern of a word that stands alone. */
function wordOf(word: string): RegExp {
  const known = words.get(word);
  if (known) return known;
  const made = new RegExp(
    `(?<![A-Za-z0-9])${word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![A-Za-z0-9])`,
    'g',
  );
  if (words.size > 100) words.clear();
  words.set(word, made);
  return made;
}

/** Makes a test for two texts of different colors that say the same: each color may name itself. */
export function sameBut(live: OwnNames, idle: OwnNames): (ofLive: string, ofIdle: string) => boolean {
  return (ofLive, ofIdle) => ofLive === ofIdle || withoutNames(ofLive, live) === withoutNames(ofIdle, idle);
}
