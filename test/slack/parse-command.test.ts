import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { readCommand } from '../../src/slack/parse-command.ts';
import type { Grammar } from '../../src/slack/parse-command.ts';
import { nearest } from '../../src/text/did-you-mean.ts';
import { withoutInvisible } from '../../src/release/invisible-characters.ts';
import { decodeSlack } from '../../src/slack/tokenize.ts';

const shapes: Grammar[] = [
  { verb: 'help', usage: 'help [verb]', service: 'none', rest: 'topic' },
  { verb: 'status', usage: 'status [service]', service: 'optional' },
  { verb: 'history', usage: 'history <service> [n]', service: 'required', rest: 'count' },
  {
    verb: 'stage',
    usage: 'stage <service> <version>',
    service: 'required',
    rest: 'version',
    restRequired: true,
  },
  {
    verb: 'promote',
    usage: 'promote <service> [--dry-run]',
    service: 'required',
    options: { 'dry-run': 'flag', 'during-freeze': 'reason' },
  },
  {
    verb: 'revert',
    usage: 'revert <service> [reason]',
    service: 'required',
    rest: 'reason',
    options: { force: 'reason' },
    forgiving: true,
  },
  {
    verb: 'lock',
    usage: 'lock <service> [--for 2h] <reason>',
    service: 'required',
    rest: 'reason',
    restRequired: true,
    options: { for: 'duration' },
  },
];

function read(text: string, given?: string): object {
  const answer = readCommand(text, shapes, given);
  if (!answer.ok) return { code: answer.refusal.code };
  const { service, rest, options } = answer.args;
  return {
    verb: answer.verb,
    ...(service === undefined ? {} : { service }),
    ...(rest === '' ? {} : { rest }),
    ...(options.size === 0 ? {} : { options: Object.fromEntries(options) }),
  };
}

function refusal(text: string): string {
  const answer = readCommand(text, shapes);
  if (answer.ok) throw new Error(`was read: ${JSON.stringify(answer)}`);
  return `${answer.refusal.code}: ${plain(answer.refusal.why)} ${plain(answer.refusal.next ?? [])}`;
}

describe('the bot reads a command as it is typed', () => {
  test.each([
    ['', { verb: 'help' }],
    ['   ', { verb: 'help' }],
    ['help Promote', { verb: 'help', rest: 'promote' }],
    ['status', { verb: 'status' }],
    ['STATUS  Checkout.', { verb: 'status', service: 'checkout' }],
    ['history checkout 25', { verb: 'history', service: 'checkout', rest: '25' }],
    ['stage checkout v1.42.0.', { verb: 'stage', service: 'checkout', rest: 'v1.42.0' }],
    [
      'stage checkout <http://registry.io/app|registry.io/app>',
      { verb: 'stage', service: 'checkout', rest: 'registry.io/app' },
    ],
    [
      'stage checkout <mailto:app@1.2.io|app@1.2.io>',
      { verb: 'stage', service: 'checkout', rest: 'app@1.2.io' },
    ],
    ['promote “checkout” —dry-run.', { verb: 'promote', service: 'checkout', options: { 'dry-run': '' } }],
    [
      'promote checkout –During-Freeze “outage, see #4”',
      { verb: 'promote', service: 'checkout', options: { 'during-freeze': 'outage, see #4' } },
    ],
    ['revert checkout', { verb: 'revert', service: 'checkout' }],
    [
      "revert checkout it's slow &lt;5 rps&gt; &amp;amp;.",
      { verb: 'revert', service: 'checkout', rest: "it's slow <5 rps> &amp;." },
    ],
    ['revert checkout <!channel> look', { verb: 'revert', service: 'checkout', rest: '@channel look' }],
    ['revert checkout <@U1|ada> said  so', { verb: 'revert', service: 'checkout', rest: '@ada said  so' }],
    [
      'revert checkout --force it   burns',
      { verb: 'revert', service: 'checkout', options: { force: 'it   burns' } },
    ],
    [
      'revert checkout it burns --force',
      { verb: 'revert', service: 'checkout', options: { force: 'it burns' } },
    ],
    [
      'revert checkout "because --fast broke"',
      { verb: 'revert', service: 'checkout', rest: 'because --fast broke' },
    ],
    ['revert checkout slow — very', { verb: 'revert', service: 'checkout', rest: 'slow — very' }],
    [
      'lock checkout --for 2h db move',
      { verb: 'lock', service: 'checkout', rest: 'db move', options: { for: '2h' } },
    ],
    [
      'lock checkout db —for=2h move',
      { verb: 'lock', service: 'checkout', rest: 'db move', options: { for: '2h' } },
    ],
    [
      'lock checkout db move\nsecond line',
      { verb: 'lock', service: 'checkout', rest: 'db move second line' },
    ],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test('a short form is its verb with the same arguments', () => {
    expect(read('checkout --dry-run', 'promote')).toEqual(read('promote checkout --dry-run'));
  });
});

describe('the bot understands a command with the characters that phones, composers and paste buffers add', () => {
  test.each([
    ['revert checkout\u200b', 'revert checkout'],
    ['stage checkout v1.42.0\u200b', 'stage checkout v1.42.0'],
    ['stage \u2060checkout v1.42.0', 'stage checkout v1.42.0'],
    ['promote checkout\u200e', 'promote checkout'],
    ['status check\u00adout', 'status checkout'],
    ['\u202erevert\u202c \u2068checkout\u2069', 'revert checkout'],
    ['stage checkout\u2011api v1\u20102', 'stage checkout-api v1-2'],
    ['stage\u3000checkout\u00a0v1.42.0\ufeff', 'stage checkout v1.42.0'],
    ['ｒｅｖｅｒｔ ｃｈｅｃｋｏｕｔ', 'revert checkout'],
    ['*promote* _checkout_', 'promote checkout'],
    ['*stage checkout v1.42.0*', 'stage checkout v1.42.0'],
    ['stage `checkout` *v1.42.0*.', 'stage checkout v1.42.0'],
    ['stage checkout “v1.42.0”!', 'stage checkout v1.42.0'],
    ['revert: "checkout", it burns', 'revert checkout it burns'],
    ['promote checkout?!', 'promote checkout'],
    ['status checkout…', 'status checkout'],
    ['stage checkout v1.42.0!', 'stage checkout v1.42.0'],
    ['stage checkout <http://v1.2.3|v1.2.3>', 'stage checkout v1.2.3'],
    ['stage checkout <tel:1420|1.42.0>', 'stage checkout 1.42.0'],
    ['promote checkout ——dry-run', 'promote checkout --dry-run'],
    ['promote checkout \u2212\u2212dry-run', 'promote checkout --dry-run'],
    ['promote checkout -dry\u2011run', 'promote checkout --dry-run'],
    ['revert checkout ——force the check is broken', 'revert checkout --force the check is broken'],
    ['revert checkout –-force “the check is broken”', 'revert checkout --force the check is broken'],
    ['revert checkout -force, it burns', 'revert checkout --force it burns'],
    ['revert checkout – it burns', 'revert checkout it burns'],
    ['lock checkout ——for 2h migration', 'lock checkout --for 2h migration'],
    ['lock checkout —for 2h migration', 'lock checkout --for 2h migration'],
    ['lock checkout -for 2h migration', 'lock checkout --for 2h migration'],
    ['lock checkout - migration', 'lock checkout migration'],
    ['lock checkout --for 1h30m migration', 'lock checkout --for 5400s migration'],
    ['lock checkout --for 90min migration', 'lock checkout --for 5400s migration'],
    ['lock checkout --for 1.5h migration', 'lock checkout --for 5400s migration'],
    ['lock checkout --for 2 hours migration', 'lock checkout --for 7200s migration'],
    ['lock checkout migration --for 1 hour.', 'lock checkout --for 3600s migration'],
    ['lock checkout --for 1 hour and 30 minutes migration', 'lock checkout --for 5400s migration'],
    ['lock checkout --for "2 days" 3 hosts move', 'lock checkout --for 172800s 3 hosts move'],
    ['lock checkout --for 2h 3 hosts move', 'lock checkout --for 2h "3 hosts move"'],
  ])('%s', (text, plainly) => {
    expect(read(text)).toEqual(read(plainly));
    expect(read(text)).not.toHaveProperty('code');
  });

  test('a text that is no duration stays as typed, for the verb to ask about', () => {
    expect(read('lock checkout --for ever migration')).toMatchObject({
      options: { for: 'ever' },
      rest: 'migration',
    });
  });

  test('an emoji in a reason stays whole', () => {
    expect(read('revert checkout ⚠️ \u{1f469}\u200d\u{1f4bb}')).toMatchObject({
      rest: '⚠️ \u{1f469}\u200d\u{1f4bb}',
    });
  });
});

describe('the bot refuses a command that makes no sense', () => {
  test.each([
    ['rollback checkout', 'Did you mean revert?'],
    ['promot checkout', 'Did you mean promote?'],
    ['zzzz', 'There is no verb zzzz.'],
    ['promote', 'needs a service'],
    ['promote --dry-run checkout', 'needs a service'],
    ['promote <script>', 'cannot be the name of a service'],
    ['promote checkout v1.42.0', 'does not take v1.42.0'],
    ['promote checkout --dryrun', 'Did you mean --dry-run?'],
    ['promote checkout --dry-run --dry-run', 'given twice'],
    ['promote checkout --during-freeze', 'needs a reason'],
    ['stage checkout', 'needs a version'],
    ['stage checkout ../../etc', 'cannot be a version'],
    ['stage checkout a..b', 'cannot be a version'],
    ['stage checkout v1 v2', 'one word'],
    ['history checkout 0', 'not a number'],
    ['lock checkout because --fast broke', 'in quotes'],
    ['lock checkout ——dry-run', 'There is no option --dry-run here; lock takes --for.'],
    ['lock checkout --fro 2h migration', 'Did you mean --for?'],
    ['lock checkout -fast is broken', 'in quotes'],
    ['lock checkout --5 degrees', 'begins with dashes'],
    ['promote checkout --during-freeze -fast broke', 'in quotes'],
    ['revert checkout ——dry-run', 'There is no option --dry-run here; revert takes --force.'],
    ['stage checkout ~1.2', 'cannot be a version'],
    ['stage checkout 1.2.*', 'cannot be a version'],
    ['stage checkout v1.42...', 'cannot be a version'],
    ['stage checkout v1.42…', 'cannot be a version'],
    ['stage checkout v1–2', 'cannot be a version'],
    ['stage checkout v1²', 'cannot be a version'],
    ['stage checkout v1-', 'cannot be a version'],
    ['lock checkout \u0007', 'control characters'],
    [`lock checkout ${'x'.repeat(301)}`, 'at most 300'],
    [`promote checkout --during-freeze ${'x'.repeat(301)}`, 'at most 300'],
    [`lock checkout ${'x '.repeat(1_600)}`, 'at most 3000'],
    ['lock checkout', 'needs a reason'],
  ])('%s', (text, words) => {
    expect(refusal(text)).toContain('bad-arguments: ');
    expect(refusal(text)).toContain(words);
  });

  test.each([
    '"'.repeat(10_000),
    '<'.repeat(10_000),
    ' '.repeat(10_000),
    '-'.repeat(2900),
    '" '.repeat(1490),
    '&lt;<'.repeat(590),
    `revert checkout ${'“'.repeat(2900)}`,
  ])('a page of hostile text is answered at once (%#)', (text) => {
    const start = performance.now();
    read(text);
    expect(performance.now() - start).toBeLessThan(50);
  });
});

describe('properties', () => {
  const service = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
  const reason = fc.stringMatching(/^[a-z][a-z ,']{0,40}[a-z]$/);
  const blank = fc.constantFrom(' ', '  ', '\t', '\u00a0 ');
  const anyCase = (text: string, upper: readonly boolean[]): string =>
    Array.from(text, (c, i) => (upper[i % upper.length] === true ? c.toUpperCase() : c)).join('');

  test('any text is answered, and nothing is understood that was not typed', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('promote', 'revert', '--force', '<@U1|x>', '"', '“', '—for', 'checkout', '&lt;', '|'),
      service,
    );
    const understood = fc.property(fc.array(piece, { maxLength: 12 }), blank, (pieces, gap) => {
      const text = pieces.join(gap);
      const answer = readCommand(text, shapes);
      if (!answer.ok) return answer.refusal.code === 'bad-arguments';
      const typed = withoutInvisible(decodeSlack(text)).toLowerCase();
      const { service } = answer.args;
      return (
        (answer.verb === 'help' || typed.includes(answer.verb)) &&
        (service === undefined || typed.includes(service))
      );
    });
    expect(() => fc.assert(understood, { numRuns: 2000 })).not.toThrow();
  });

  test('case, spaces, dashes, quotes and a full stop change nothing', () => {
    fc.assert(
      fc.property(
        service,
        reason,
        fc.array(fc.boolean(), { minLength: 1 }),
        blank,
        fc.constantFrom('--', '—', '–'),
        fc.constantFrom('“”', '""', '„“', "''", '‘’'),
        fc.boolean(),
        (name, why, upper, gap, dashes, quotes, stop) => {
          const expected = read(`revert ${name} --force "${why}"`);
          const [open, close] = Array.from(quotes);
          fc.pre(!(open === "'" || open === '‘') || !why.includes("'"));
          const forgiving = [
            gap,
            anyCase('revert', upper),
            anyCase(name, upper),
            `${dashes}${anyCase('force', upper)}`,
            `${open}${why}${close}${stop ? '.' : ''}`,
          ].join(gap);
          expect(read(forgiving)).toEqual(expected);
          expect(read(`${gap}${anyCase(`status${gap}${name}`, upper)}${stop ? '.' : ''}${gap}`)).toEqual(
            read(`status ${name}`),
          );
        },
      ),
    );
  });

  test('invisible characters, dashes of any kind and formatting change nothing', () => {
    const unseen = fc.constantFrom(
      '\u200b',
      '\u200e',
      '\u200f',
      '\u2060',
      '\u00ad',
      '\ufeff',
      '\u2068',
      '\u202a',
      '\ufe0f',
    );
    const mark = fc.constantFrom('', '*', '_', '~', '`', '**', '_*');
    const hyphen = fc.constantFrom('-', '\u2010', '\u2011', '\u2012', '\u2212', '\ufe63', '\uff0d');
    const long = fc.constantFrom('--', '—', '–', '——', '–-', '\u2212\u2212', '\u2015', '---');
    const behind = fc.constantFrom('', '.', '!', '?', '?!', ',');
    const spoiled = (text: string, at: number, by: string): string =>
      `${text.slice(0, at % (text.length + 1))}${by}${text.slice(at % (text.length + 1))}`;
    fc.assert(
      fc.property(
        service,
        reason,
        unseen,
        fc.nat(),
        mark,
        hyphen,
        long,
        behind,
        (name, why, dirt, at, round, dash, dashes, end) => {
          const dashed = name.replaceAll(/(?<=[a-z0-9])-(?=[a-z0-9])/g, dash);
          const typed = (rest: string): string => spoiled(rest, at, dirt);
          const closed = Array.from(round).toReversed().join('');
          expect(read(`revert ${typed(`${round}${dashed}${closed}`)}${end} ${dashes}force ${why}`)).toEqual(
            read(`revert ${name} --force ${why}`),
          );
          expect(read(typed(`promote ${dashed} ${dashes}dry-run${end}`))).toEqual(
            read(`promote ${name} --dry-run`),
          );
        },
      ),
    );
  });

  test('a version is read as typed or not at all', () => {
    const piece = fc.constantFrom(...'v12.-_+:@/~*^…!?,`"“”‑–\u200b'.split(''), '..', 'ｖ', '²');
    const kept = fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const answer = readCommand(`stage checkout ${text}`, shapes);
      if (!answer.ok) return;
      const ascii = text.replaceAll('\u200b', '').replaceAll('‑', '-').replaceAll('ｖ', 'v');
      // Only formatting, quotes and the end of a sentence were taken from around it.
      expect(ascii).toContain(answer.args.rest);
      const [before = '', after = ''] = ascii.split(answer.args.rest);
      expect(before).toMatch(/^[*_~`"“”]*$/);
      expect(after).toMatch(/^[*_~`"“”.,!?]*$/);
      expect(after).not.toContain('..');
      expect(before.includes('~')).toBe(after.includes('~'));
      expect(before.includes('*')).toBe(after.includes('*'));
    });
    fc.assert(kept, { numRuns: 3_000 });
  });

  test('a hint is always one of the candidates', () => {
    const candidates = shapes.map((shape) => shape.verb);
    const hint = fc.property(fc.string(), (word) =>
      [undefined, ...candidates].includes(nearest(word, candidates)),
    );
    expect(() => fc.assert(hint)).not.toThrow();
  });
});

describe('a revert is never refused for how its reason is written', () => {
  test.each([
    ['5xx —all regions', { rest: '5xx —all regions' }],
    ['see --trace 4711', { rest: 'see --trace 4711' }],
    ['--trace=4711 --dry-run', { rest: '--trace=4711 --dry-run' }],
    ['call \u202a+49 123\u202c\u0007', { rest: 'call +49 123' }],
    ['--force see --trace 4711, —all of it', { options: { force: 'see --trace 4711, —all of it' } }],
    ['--force "it burns" --force again', { rest: '--force again', options: { force: 'it burns' } }],
    ['it burns --forse', { rest: 'it burns --forse' }],
  ])('%s', (words, expected) => {
    expect(read(`revert checkout ${words}`)).toEqual({ verb: 'revert', service: 'checkout', ...expected });
    expect(read(`checkout ${words}`, 'revert')).toEqual({ verb: 'revert', service: 'checkout', ...expected });
  });

  test('a long one is cut', () => {
    const cut = `${'x'.repeat(299)}…`;
    expect(read(`revert checkout ${'x'.repeat(301)}`)).toMatchObject({ rest: cut });
    expect(read(`revert checkout ${'x'.repeat(300)}`)).toMatchObject({ rest: 'x'.repeat(300) });
    expect(read(`revert checkout --force ${'x'.repeat(4_000)}`)).toMatchObject({ options: { force: cut } });
    expect(read(`revert checkout ${'\u{1f525} '.repeat(1_600)}`)).toMatchObject({ verb: 'revert' });
  });

  test('other verbs are still exact', () => {
    for (const words of ['lock checkout see --trace 4711', `lock checkout ${'x'.repeat(301)}`])
      expect(read(words)).toEqual({ code: 'bad-arguments' });
    expect(read('promote checkout --forse')).toEqual({ code: 'bad-arguments' });
  });
});
