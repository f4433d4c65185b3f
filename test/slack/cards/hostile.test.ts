/** Whatever a color, a router, a hook or a person puts into a record: a card and a notice stay what they are. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { controlsOf } from '../../../packages/slack-double/src/index.ts';
import type { JsonObject } from '../../../packages/slack-double/src/index.ts';
import type { Actor } from '../../../src/release/actor.ts';
import { states } from '../../../src/release/release.ts';
import type { Release, ServiceRecord } from '../../../src/release/release.ts';
import { settingsSchema } from '../../../src/release/settings.ts';
import type { Notice } from '../../../src/release/store.ts';
import { noticeMessage } from '../../../src/slack/cards/notice.ts';
import { releaseCard } from '../../../src/slack/cards/release-card.ts';
import { record } from '../../store/record.ts';
import { expectHarmless as harmless, hostile } from '../../support/hostile.ts';

const ann: Actor = { kind: 'slack', user: 'U0ANN', team: 'T0' };
const at = Date.UTC(2026, 0, 5, 3);

const version = fc.oneof(
  hostile.map((text) => text.slice(0, 128)),
  fc.constant(`1.${'0'.repeat(126)}`),
);

const settings = settingsSchema.parse({
  colors: {
    blue: { url: 'http://ann:hunter2@10.0.0.11:8080/?t=1' },
    green: { url: 'http://10.0.0.12:8080' },
  },
  router: { kind: 'http' },
  health: [{ kind: 'http' }],
  links: {
    version: `https://git.example/${'p'.repeat(500)}/{version}`,
    compare: `https://git.example/${'p'.repeat(500)}/{from}...{to}`,
  },
});
const hosts = new Set(['10.0.0.11:8080', '10.0.0.12:8080', 'git.example']);

const contents = fc.record({
  state: fc.constantFrom(...states),
  status: fc.constantFrom<Release['status']>('staged', 'live', 'failed', 'reverted', 'dropped', 'stuck'),
  request: fc.constantFrom('open', 'granted', 'expired'),
  verdict: fc.constantFrom('healthy', 'unhealthy'),
  wayBack: fc.constantFrom('alive', 'dead', 'none'),
  role: fc.constantFrom('previous', 'staged', 'reverted', 'failed', 'unknown'),
  newest: fc.boolean(),
  version,
  text: hostile,
  other: hostile,
});

function recordOf(
  given: typeof contents extends fc.Arbitrary<infer T> ? T : never,
): [ServiceRecord, Release] {
  const { text, other, state } = given;
  const cli: Actor = { kind: 'cli', name: text };
  const release: Release = {
    id: 'r-17',
    number: 1_000_017,
    version: given.version,
    color: 'green',
    from: given.version,
    status: given.status,
    code: 'version-mismatch',
    cause: text,
    stagedBy: cli,
    stagedAt: at,
    promotedBy: ann,
    promotedAt: at,
    revertedBy: cli,
    revertedAt: at,
    switchMs: 1.5,
    probe: other,
    steps: Array.from({ length: 60 }, (_, i) => ({
      name: i % 2 === 0 ? text : 'switch',
      status: 'done' as const,
      at,
      detail: other,
    })),
  };
  const newest = given.newest ? [release] : [{ ...release, id: 'r-18', number: 1_000_018 }, release];
  const operation = {
    id: 'op',
    release: 'r-17',
    target: 'green' as const,
    version: given.version,
    actor: cli,
    at,
    step: 'switch' as const,
    driver: 'd',
    kind: 'promote' as const,
  };
  const drawn = record('s'.repeat(63), {
    state,
    revision: 7,
    colors: {
      blue: { role: 'live', version: given.version, since: at },
      green: { role: given.role as 'previous', version: given.version, since: at },
    },
    releases: newest,
    op: state === 'stuck' ? operation : null,
    request: {
      id: 'q',
      status: given.request as 'open',
      requester: cli,
      openedAt: at,
      expiresAt: at,
      needed: 20,
      covers: { release: 'r-17', version: 'v', live: 'blue', target: 'green', epoch: 1, settings: 'd' },
      approvals: Array.from({ length: 20 }, (_, i) => ({ actor: { ...ann, user: `U0APPROVER${i}` }, at })),
    },
    bake: {
      release: 'r-17',
      startedAt: at,
      until: at,
      verdict: given.verdict as 'healthy',
      cause: text,
      wayBack: given.wayBack as 'alive',
      wayBackCause: other,
      unmeasured: { cause: text, told: true },
      hooksDone: true,
    },
    lock: { holder: cli, reason: text, since: at, until: null, remindAt: null },
    drift: { saw: text, at },
    follow: { instances: Array.from({ length: 40 }, () => text), at },
    persist: { cause: other, at },
  });
  return [drawn, release];
}

const isActor = (id: string): boolean => id === 'U0ANN' || id.startsWith('U0APPROVER');
const expectHarmless = (
  message: Parameters<typeof harmless>[0],
  mentioned: (id: string) => boolean,
): void => {
  harmless(message, { mentioned, hosts });
  expect(JSON.stringify(message)).not.toContain('hunter2');
};

describe('hostile contents of a record', () => {
  test('leave its card within the limits, without mentions, links or breaks of their own', () => {
    fc.assert(
      fc.property(contents, (given) => {
        const [drawn, release] = recordOf(given);
        const card = releaseCard(drawn, release, settings);
        expectHarmless(card, isActor);
        expect(card.text.length).toBeLessThanOrEqual(180);
        expect(card.text).not.toContain('\n');
        expect(controlsOf(card.blocks as JsonObject[]).length === 0 || given.newest).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('leave each kind of notice within the limits, without mentions or links of their own', () => {
    const kinds: (Notice['buttons'] | undefined)[] = [
      undefined,
      'drift',
      'stuck',
      'unhealthy',
      'lock',
      'force',
    ];
    fc.assert(
      fc.property(
        contents,
        fc.constantFrom(...kinds),
        fc.constantFrom<Notice['kind']>('progress', 'adopted', 'broadcast'),
        fc.integer({ min: 1, max: 70 }),
        (given, buttons, kind, count) => {
          const [drawn] = recordOf(given);
          const one = (i: number): Notice => ({
            id: `n${i}`,
            service: drawn.service,
            release: 'r-17',
            kind,
            at,
            text: [{ user: 'U0ANN' }, `: ${given.text}`, { code: given.other }, { bold: given.text }],
            ...(buttons && { buttons, about: { release: 'r-17', epoch: 1 } }),
          });
          const many = kind === 'broadcast' ? 1 : count;
          const message = noticeMessage(
            Array.from({ length: many }, (_, i) => one(i)),
            drawn,
          );
          expectHarmless(message, isActor);
          const pressable = controlsOf(message.blocks as JsonObject[]).length > 0;
          expect(pressable).toBe(many === 1 && buttons !== undefined);
        },
      ),
      { numRuns: 200 },
    );
  });
});
