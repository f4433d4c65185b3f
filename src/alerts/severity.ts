import type { Severity } from '../release/alerts/alert.ts';

/**
 * The meaning of severity words, without their case, spaces, `-` and `_`. Words that page people elsewhere are
 * critical: too loud once is better than an outage that nobody hears of. Numbers count as priorities: 1 is the worst.
 */
export const severityWords: Readonly<Record<Exclude<Severity, 'unknown'>, string>> = {
  critical:
    'critical crit fatal emergency emerg disaster page paging alert error major high severe urgent blocker p0 p1 s0 s1 sev0 sev1 0 1',
  warning: 'warning warn minor moderate medium average ticket p2 p3 s2 s3 sev2 sev3 2 3',
  info: 'info information informational notice low debug none ok p4 p5 s4 s5 sev4 sev5 4 5',
};

const kinds = ['critical', 'warning', 'info'] as const;
const meanings = new Map<string, Severity>(
  kinds.flatMap((severity) =>
    severityWords[severity].split(' ').map((word): [string, Severity] => [word, severity]),
  ),
);

/** Normalizes a word: without case, width, dashes of any kind, and invisible characters. */
export function plainWord(word: string): string {
  return word
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_:\p{Pd}\p{Cc}\p{Default_Ignorable_Code_Point}\u2212]/gu, '');
}

const number = /^\d+$/;

/**
 * The meaning of a sender's severity word; `own`: the source's own meanings, which come first, by `plainWord`. Of
 * several known words (`P1 - Critical`, `critical-page`) the worst counts. A number next to other words is no severity
 * (`info-1`): it counts something. `2.0` is 2.
 */
export function severityOf(
  word: string | undefined,
  own: ReadonlyMap<string, Severity> = new Map(),
): Severity {
  const meaning = (one: string): Severity | undefined =>
    own.get(plainWord(one)) ?? meanings.get(plainWord(one));
  const whole = (word ?? '').normalize('NFKC').replace(/^(\s*\d+)\.0+(?=\s*$)/, '$1');
  const known = meaning(whole);
  if (known !== undefined) return known;
  const apart = (by: RegExp): Severity => {
    const parts = whole.split(by).filter(Boolean);
    if (parts.some((each) => meaning(each) === undefined)) return 'unknown';
    const found = parts.filter((each) => !number.test(each)).map(meaning);
    return kinds.find((kind) => found.includes(kind)) ?? 'unknown';
  };
  // `sev-1 (critical)` has a word with a `-` in it, `critical-page` has two words.
  const words = apart(/[^\p{L}\p{N}_-]+|\s-+\s/u);
  return words === 'unknown' ? apart(/[^\p{L}\p{N}]+/u) : words;
}
