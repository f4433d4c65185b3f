import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import type { Line } from '../../src/release/line.ts';
import { refusalCodes } from '../../src/release/refusals.ts';
import type { Refusal, RefusalCode } from '../../src/release/refusals.ts';
import { revertRefused } from '../../src/release/outcomes/revert-refused.ts';
import { draftOf } from '../../src/release/draft.ts';
import { openRevert } from '../../src/release/operation.ts';
import { ann, bob, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Asked, Core, Replica } from '../support/memory-core.ts';

const zoe = { ...ann, user: 'UZOE' };
const hour = 3_600_000;
const always = { start: '2020-01-01T00:00', end: '2060-01-01T00:00', zone: 'UTC', reason: 'Year end' };
const approvals = { settings: { promotion: { approvals: 1, bake: '10s', approvalExpires: '1h' } } };

interface Way {
  options?: Parameters<typeof ready>[0];
  before?: (core: Core, bot: Replica) => Promise<unknown>;
  command: Asked;
}

const baking = async (core: Core, bot: Replica): Promise<void> => {
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
};
const asked = async (core: Core, bot: Replica): Promise<void> => {
  await staged(core, bot);
  await bot.submit({ verb: 'promote', actor: bob });
};
/** The router takes the switch and cannot be asked any more. */
const stuck = async (core: Core, bot: Replica): Promise<void> => {
  await staged(core, bot);
  core.world.faults.push('not-delivered');
  await bot.submit({ verb: 'promote' });
  await core.clock.until(() => core.world.writes.length > 0);
  core.world.silent.add('r1');
  await inState(core, 'stuck', 60_000);
};

/** One way to each refusal that a command can get. Those of the driver stand below. */
const ways: Record<
  Exclude<
    RefusalCode,
    | 'version-mismatch'
    | 'router-drift'
    | 'router-not-ready'
    | 'not-in-sync'
    | 'schema-incompatible'
    | 'starting'
  >,
  Way
> = {
  'bad-arguments': { command: { verb: 'lock', reason: 'x', forMs: 999 * hour } },
  'unknown-service': { command: { verb: 'stage', version: 'v2', service: 'nowhere' } },
  'not-allowed': { command: { verb: 'stage', version: 'v2', actor: zoe } },
  'too-many-requests': {
    before: async (_, bot) => {
      for (let i = 0; i < 120; i += 1) await bot.submit({ verb: 'unlock' });
    },
    command: { verb: 'unlock' },
  },
  'storage-unavailable': {
    before: async (core) => (core.world.storage.away = true),
    command: { verb: 'unlock' },
  },
  'stale-button': {
    command: { verb: 'retry', press: { release: 'old', epoch: 0, button: 'release.retry' } },
  },
  'nothing-to-do': { command: { verb: 'unlock' } },
  stuck: { before: stuck, command: { verb: 'stage', version: 'v3' } },
  'operation-in-progress': { before: baking, command: { verb: 'stage', version: 'v3' } },
  'nothing-staged': { command: { verb: 'promote' } },
  'already-live': { command: { verb: 'stage', version: 'v1' } },
  'staged-by-another': {
    before: staged,
    command: { verb: 'stage', version: 'v3', actor: bob, ifIdle: true },
  },
  'nothing-to-revert-to': { command: { verb: 'revert' } },
  'no-way-back': {
    before: async (core, bot) => {
      await staged(core, bot, 'v2', 'it drops a column');
      await bot.submit({ verb: 'promote' });
      await inState(core, 'baking');
    },
    command: { verb: 'revert' },
  },
  'hold-limit': {
    before: async (core, bot) => {
      await baking(core, bot);
      const record = structuredClone(await core.record());
      const at = core.clock.now();
      record.autoRevert = {
        epoch: record.epoch,
        release: record.releases[0]?.id ?? '',
        holds: 3,
        countdown: { id: 'c', startedAt: at, endsAt: at + 60_000, causes: [] },
      };
      await core.plant(record.service, JSON.stringify(record));
    },
    command: { verb: 'hold' },
  },
  locked: {
    before: (_, bot) => bot.submit({ verb: 'lock', reason: 'look' }),
    command: { verb: 'stage', version: 'v2' },
  },
  frozen: { options: { settings: { freeze: [always] } }, command: { verb: 'stage', version: 'v2' } },
  'approval-needed': { options: approvals, before: asked, command: { verb: 'promote' } },
  'self-approval': { options: approvals, before: asked, command: { verb: 'approve', actor: bob } },
  'approval-expired': {
    options: approvals,
    before: async (core, bot) => {
      await asked(core, bot);
      await core.clock.advance(2 * hour);
    },
    command: { verb: 'approve', actor: cleo },
  },
  'release-changed': {
    options: approvals,
    before: async (core, bot) => {
      await asked(core, bot);
      core.settings({ links: { version: 'https://x.example/{version}' } });
    },
    command: { verb: 'approve', actor: cleo },
  },
  'router-unreachable': { before: stuck, command: { verb: 'adopt', actor: cleo } },
  'router-mixed': {
    options: { instances: ['r1', 'r2'] },
    before: async (core) => {
      core.world.router['r2'] = 'green';
      await core.clock.until(async () => (await core.record()).drift !== null, 200_000);
    },
    command: { verb: 'adopt', actor: cleo },
  },
  'alert-firing': {
    options: { settings: { promotion: { notWhileFiring: 'critical', bake: '10s' } } },
    before: async (core, bot) => {
      await staged(core, bot);
      await core.fires();
    },
    command: { verb: 'promote' },
  },
  differs: {
    options: {
      settings: { promotion: { maxDiff: '1%', bake: '10s' }, mirror: { paths: ['/cart', '/list'] } },
    },
    before: async (core, bot) => {
      core.world.mirror = { paths: ['/cart'], everyMs: 10_000, asked: [], answer: () => ({}) };
      await staged(core, bot);
    },
    command: { verb: 'promote' },
  },
  unhealthy: {
    before: async (core, bot) => {
      await baking(core, bot);
      core.world.colors.green.up = false;
      await core.clock.until(async () => (await core.record()).bake?.verdict === 'unhealthy', 60_000);
    },
    command: { verb: 'settle', actor: bob },
  },
};

/** Known of no record: there is nothing to say of it. */
const withoutRecord = new Set<string>(['unknown-service', 'storage-unavailable']);
const words = (one: Line | undefined): string => plain(one ?? []);

describe('every refusal says what was refused, why, what is true now and what the person can do', () => {
  it.each(Object.entries(ways))('%s', async (code, { options, before, command }) => {
    const { core, bot } = await ready(options);
    await before?.(core, bot);
    const answer = await bot.submit(command);
    if (answer.ok) throw new Error(`accepted: ${plain(answer.text)}`);
    const { refusal }: { refusal: Refusal } = answer;
    expect(refusal.code).toBe(code);
    expect(words(refusal.what)).toBe(`${command.verb} of ${command.service ?? 'checkout'} was refused.`);
    expect(words(refusal.why)).toMatch(/\w.*[.?!…]$/s);
    expect(words(refusal.next)).toMatch(/\w.*[.>]$/s);
    const now = withoutRecord.has(code) ? /^$/ : /^checkout is \w+, live: (?:blue|green) v/;
    expect(words(refusal.now)).toMatch(now);
  });

  it('a refusal during a bake says when it clears by itself', async () => {
    const { core, bot } = await ready();
    await baking(core, bot);
    const answer = await bot.submit({ verb: 'stage', version: 'v3' });
    const until = (await core.record()).bake?.until;
    expect(answer).toMatchObject({ refusal: { next: expect.arrayContaining([{ at: until }]) } });
  });

  it('a repeat gets the same answer in full', async () => {
    const { bot } = await ready();
    const first = await bot.submit({ verb: 'promote', marks: ['m1'] });
    const again = await bot.submit({ verb: 'promote', marks: ['m1'] });
    if (first.ok || again.ok) throw new Error('accepted');
    const { what, why, now, next } = first.refusal;
    const said = [what, why, now, next].map(words).join(' ');
    expect(words(again.refusal.why)).toBe(said);
    expect([words(again.refusal.what), words(again.refusal.next)]).toEqual(['', '']);
  });

  it.each([
    'unhealthy',
    'version-mismatch',
    'router-not-ready',
    'not-in-sync',
    'schema-incompatible',
    'router-unreachable',
  ] as const)('a revert that its driver refuses, %s', async (code) => {
    const { core, bot } = await ready();
    await baking(core, bot);
    const draft = draftOf(await core.record());
    const plan = { kind: 'revert' as const, target: 'blue' as const, version: 'v1', actor: ann };
    const op = openRevert(draft, 'd', { ...plan, was: 'baking' });
    revertRefused(draft, op, { code, cause: 'blue answers badly' }, 'd');
    const told = draft.notices.find((notice) => notice.kind === 'private');
    expect(plain(told?.text ?? [])).toMatch(
      new RegExp(
        `^${code}: checkout is not reverted to blue v1: .* Now: baking, live: green v2\\. (Press|Use|Try)`,
      ),
    );
  });

  it('no code is without a way to it here', () => {
    // Those of the driver, and of the first moments of a process.
    const elsewhere = [
      'version-mismatch',
      'router-drift',
      'router-not-ready',
      'not-in-sync',
      'schema-incompatible',
      'starting',
    ];
    expect([...Object.keys(ways), ...elsewhere].toSorted()).toEqual([...refusalCodes].toSorted());
  });
});
