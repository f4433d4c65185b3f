/** What a line says: who stands where, and about how long it may be. */
import { expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { aboutWords, ordinal, queueWords, turnsOf } from '../../src/release/waiting-line.ts';
import type { AwaitedService, Place } from '../../src/release/waiting-line.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { heldWords } from '../../src/release/turn-gates.ts';
import type { Facts } from '../../src/release/gates.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import { record } from '../store/record.ts';

const minute = 60_000;
const now = Date.UTC(2026, 0, 5, 10);
const place = (name: string, verb: Place['verb'], version?: string): Place => ({
  id: name,
  actor: { kind: 'cli', name },
  verb,
  ...(version !== undefined && { version }),
  at: now,
});
const line = [place('a', 'promote'), place('b', 'stage', 'v3'), place('c', 'stage', 'v4')];

const held = (more: Partial<ServiceRecord> = {}, settings: Record<string, unknown> = {}): AwaitedService => ({
  record: record('checkout', more),
  settings: settingsSchema.parse({
    colors: { blue: { url: 'http://127.0.0.1:1' }, green: { url: 'http://127.0.0.1:2' } },
    router: { kind: 'fake' },
    health: [{ kind: 'tcp', port: 1 }],
    promotion: { bake: '10m' },
    ...settings,
  }),
  now,
});
const bake = (until: number, verdict: 'healthy' | 'unhealthy' = 'healthy') =>
  ({
    state: 'baking',
    bake: { release: 'r', startedAt: now, until, verdict, wayBack: 'alive', hooksDone: true },
  }) as const;
const unwatched = (ms: number) => {
  const baking = bake(now + ms);
  return { ...baking, bake: { ...baking.bake, unwatched: true as const } };
};
const lock = (until: number | null) => ({
  lock: { holder: { kind: 'cli', name: 'x' } as const, reason: 'r', since: now, until, remindAt: null },
});
const inMinutes = (turns: (number | null)[]): (number | null)[] =>
  turns.map((turn) => turn && Math.round((turn - now) / minute));

it.each([
  ['the end of the bake, and one more for each promote before', held(bake(now + 7 * minute)), [7, 17, 17]],
  ['the end of the lock', held(lock(now + 3 * minute)), [3, 13, 13]],
  ['the later one of both', held({ ...bake(now + 7 * minute), ...lock(now + 9 * minute) }), [9, 19, 19]],
  ['a bake that has not begun', held({ state: 'promoting' }), [10, 20, 20]],
  [
    'the end of the freeze that begins meanwhile',
    held(bake(now + 7 * minute), {
      freeze: [{ start: '2026-01-05T10:05', end: '2026-01-05T10:30', zone: 'UTC', reason: 'x' }],
    }),
    [30, 40, 40],
  ],
  ['nobody knows when: until somebody unlocks it', held(lock(null)), [null, null, null]],
  ['nobody knows when: it is being staged', held({ state: 'staging' }), [null, null, null]],
  ['nobody knows when: its end is past, and it has not settled', held(bake(now - 1)), [null, null, null]],
  ['nobody knows when: nobody watches it', held(unwatched(7 * minute)), [null, null, null]],
  ['nobody knows when: it is unhealthy', held(bake(now + minute, 'unhealthy')), [null, null, null]],
])('a turn may be at %s', (_, how, turns) => {
  expect(inMinutes(turnsOf(line, how))).toEqual(turns);
});

it('the text of a line names, in order, whom it waits for, what that does and until about when', () => {
  expect(plain(queueWords(line, held(bake(now + 7 * minute))))).toBe(
    '1st cli:a: promote, about 7 min; 2nd cli:b: stage v3, about 17 min; 3rd cli:c: stage v4, about 17 min',
  );
  expect(queueWords([], held())).toEqual([]);
  const long = Array.from({ length: 13 }, () => line[1] as Place);
  expect(plain(queueWords(long, held(lock(null))))).toMatch(
    /^1st cli:b: stage v3; 2nd .*; 10th .*; and 3 more$/,
  );
});

it.each([
  [
    'nobody watches the bake',
    held(unwatched(7 * minute)),
    '1st cli:a: promote, as soon as somebody watches the release that bakes; 2nd cli:b: stage v3; ',
  ],
  [
    'nobody watches the bake, whose end is past',
    held(unwatched(-minute)),
    '1st cli:a: promote, as soon as somebody watches the release that bakes; 2nd cli:b: stage v3; ',
  ],
  ['the end of the bake is past', held(bake(now - minute)), '1st cli:a: promote; 2nd cli:b: stage v3; '],
] as const)('the text of a line promises no time while %s', (_, how, words) => {
  expect(plain(queueWords(line, how))).toBe(`${words}3rd cli:c: stage v4`);
});

it.each([
  ['bakes until 2026-01-05T10:07:00.000Z', held(bake(now + 7 * minute))],
  ['bakes; its time ended 2026-01-05T09:59:00.000Z, and it has not settled yet', held(bake(now - minute))],
  ['bakes, and nobody watches it: it does not settle before somebody does', held(unwatched(-minute))],
])('what holds a command up is that the service %s', (words, how) => {
  const facts = { ...how, leftAt: undefined } as unknown as Facts;
  const command = {
    verb: 'stage',
    service: 'checkout',
    version: 'v3',
    actor: { kind: 'cli', name: 'a' },
    marks: [],
  } as const;
  expect(plain(heldWords(facts, command))).toBe(`checkout ${words}`);
});

it('numbers and times are those that people say', () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 101, 112].map(ordinal)).toEqual(
    '1st 2nd 3rd 4th 11th 12th 13th 21st 101st 112th'.split(' '),
  );
  const about = (ms: number | null): string => aboutWords(ms === null ? null : now + ms, now);
  expect([null, 5_000, 7 * minute, 300 * minute].map(about)).toEqual([
    '',
    ', in less than a minute',
    ', about 7 min',
    ', about 5 h',
  ]);
});
