/** What rang rings again while nobody does anything about it: a bounded number of times, by one replica. */
import { describe, expect, it } from 'vitest';
import { acknowledge, unacknowledge, silence } from '../support/alert-verbs.ts';
import { plain } from '../../src/release/line.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { answered } from '../../src/release/mention-again.ts';
import type { Notice } from '../../src/release/store.ts';
import { record } from '../store/record.ts';
import { alertWorld, ann as presser, minute } from '../support/alert-world.ts';
import { alertGroup, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Asked, Core, Replica } from '../support/memory-core.ts';

type Given = Parameters<typeof answered>[1];

const rings = async (core: Core): Promise<Notice[]> =>
  (await core.notices()).filter(({ asks, kind }) => asks === 'unhealthy' && kind === 'broadcast');
const again = async (core: Core): Promise<number> =>
  (await rings(core)).filter((notice) => notice.unanswered === true).length;

/** What waits to be sent was sent, as a sender remembers it. */
async function sent(core: Core, { parts }: Replica): Promise<void> {
  const found = await rings(core);
  for (const [i, notice] of found.entries())
    await parts.outbox.saveMessage({
      channel: 'C1',
      ts: `1.${i}`,
      kind: 'notice',
      service: 'checkout',
      release: notice.about?.release ?? null,
      epoch: notice.about?.epoch ?? 0,
      notice,
    });
}

async function sick(): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({ settings: { promotion: { bake: '2h' } } });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  core.world.colors.green.up = false;
  await core.clock.until(async () => (await core.record()).bake?.verdict === 'unhealthy', minute);
  await sent(core, bot);
  return { core, bot };
}

async function pass(core: Core, bot: Replica, minutes: number): Promise<void> {
  for (let i = 0; i < minutes; i += 1) {
    await core.clock.advance(minute);
    await sent(core, bot);
  }
}

describe('an unhealthy bake that nobody does anything about', () => {
  it('rings again after five minutes, three times, also with two replicas, of which one is killed', async () => {
    const { core, bot } = await sick();
    const other = core.replica('two');
    await pass(core, bot, 4);
    expect(await again(core)).toBe(0);
    await pass(core, bot, 2);
    expect(await again(core)).toBe(1);
    bot.kill();
    await pass(core, other, 24);
    expect(await again(core)).toBe(3);
    const words = (await rings(core)).map(({ text, calls }) => [
      plain(text).split('Nobody has answered yet. ').length,
      calls,
    ]);
    expect(words).toEqual([1, 2, 2, 2].map((times) => [times, 'operator']));
    const open = (await core.record()).asks?.filter(({ ended }) => ended === undefined);
    expect(open).toHaveLength(1);
  });

  const lock = { verb: 'lock', reason: 'looking at it' } as const;
  const ci = { kind: 'cli', name: 'ci' } as const;
  const workflow = { kind: 'slack', user: 'Wf0NIGHTLY', team: 'none', channel: 'C1' } as const;
  const byJob = { ...lock, actor: ci };
  it.each<[string, Asked[], number]>([
    ['somebody has locked the service', [lock], 0],
    ['somebody has done so at the command line', [{ ...lock, actor: { ...ci, person: 'UANN' } }], 0],
    ['a job has locked it', [byJob], 2],
    ['a workflow has locked it', [{ ...lock, actor: workflow }], 2],
    ['somebody has taken the lock of a job off', [byJob, { verb: 'unlock', actor: cleo }], 2],
  ])('is answered by people who act on it alone: %s', async (_, commands, times) => {
    const { core, bot } = await sick();
    for (const each of ['cli:ci', workflow.user]) core.roles[each] = ['operator'];
    for (const command of commands) expect(await bot.submit(command)).toMatchObject({ ok: true });
    await pass(core, bot, 12);
    expect(await again(core)).toBe(times);
  });

  it.each<[string, Omit<Given, 'actor'>, 'promote' | 'stage' | undefined, boolean]>([
    ['a revert', { verb: 'revert' }, undefined, true],
    ['a retry', { verb: 'retry' }, 'promote', true],
    ['an adoption', { verb: 'adopt' }, undefined, true],
    ['an end of the bake', { verb: 'settle' }, undefined, true],
    ['a cancelled promote', { verb: 'cancel' }, 'promote', true],
    ['a cancelled stage', { verb: 'cancel' }, 'stage', false],
    ['a promote that names the alert', { verb: 'promote', whileFiring: 'it is the cure' }, 'promote', true],
    ['any other promote', { verb: 'promote' }, 'promote', false],
    ['a stage', { verb: 'stage' }, 'stage', false],
    ['an approval', { verb: 'approve' }, undefined, false],
  ])('is answered by %s, or not', (_, command, under, is) => {
    for (const [actor, may] of [
      [presser, is],
      [ci, false],
      [workflow, false],
    ] as const) {
      const op = under === undefined ? null : ({ kind: under } as ServiceRecord['op']);
      const given = record('checkout', { op });
      answered(given, { ...command, actor });
      expect(given.pressedAt !== undefined).toBe(may);
    }
  });

  it('is answered by a revert that waits for a promote', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: true, takesMs: 60_000, calls: [] });
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(500);
    expect((await core.record()).pressedAt).toBeUndefined();
    expect(await core.replica('two').submit({ verb: 'revert' })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.record()).pressedAt !== undefined);
  });

  it('rings no more once somebody has taken on an alert of the service', async () => {
    const { core, bot } = await sick();
    await core.fires();
    expect(await acknowledge(core.alerting, alertGroup, presser)).toMatchObject({ ok: true });
    await pass(core, bot, 12);
    expect(await again(core)).toBe(0);
  });

  it('waits while its first message could not be sent', async () => {
    const { core, bot } = await ready({ settings: { promotion: { bake: '2h' } } });
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.world.colors.green.up = false;
    await core.clock.advance(12 * minute);
    expect(await rings(core)).toHaveLength(1);
  });
});

describe('a critical alert that nobody does anything about', () => {
  const id = 'a'.repeat(24);
  const open = async (): Promise<ReturnType<typeof alertWorld>> => {
    const world = alertWorld(id);
    await world.record({ state: 'idle' });
    await world.deliver([world.alert({ severity: 'critical', title: 'Down' })]);
    return world;
  };
  const unanswered = async (world: ReturnType<typeof alertWorld>): Promise<string[]> =>
    (await world.said()).filter((each) => each.includes('Nobody has answered yet.'));
  const wait = async (world: ReturnType<typeof alertWorld>, minutes: number): Promise<void> => {
    for (let i = 0; i < minutes; i += 1) {
      await world.clock.advance(minute);
      await world.tend();
    }
  };

  it('that was acknowledged, ended and fires again says of nobody that they have not answered', async () => {
    const world = await open();
    await wait(world, 1);
    await acknowledge(world.parts, id, presser);
    await wait(world, 9);
    await world.deliver([world.alert({ severity: 'critical', title: 'Down', status: 'resolved' })]);
    await wait(world, 2);
    const since = world.clock.now();
    await world.deliver([world.alert({ severity: 'critical', title: 'Down', since })]);
    await wait(world, 4);
    expect(await unanswered(world)).toEqual([]);
    expect((await world.group()).status).toBe('firing');
  });

  it('that was acknowledged and handed back rings five minutes later', async () => {
    const world = await open();
    await wait(world, 1);
    await acknowledge(world.parts, id, presser);
    await wait(world, 20);
    await unacknowledge(world.parts, id, presser);
    await wait(world, 4);
    expect(await unanswered(world)).toEqual([]);
    await wait(world, 2);
    expect(await unanswered(world)).toHaveLength(1);
  });

  it('rings again after five minutes, three times', async () => {
    const world = await open();
    await wait(world, 4);
    expect(await unanswered(world)).toEqual([]);
    await wait(world, 40);
    expect(await unanswered(world)).toEqual(
      [1, 2, 3].map(() => 'broadcast 🚨 checkout: Nobody has answered yet. Down. @S1'),
    );
    expect((await world.group()).rings).toHaveLength(4);
  });

  it.each([
    ['acknowledged it', (world: ReturnType<typeof alertWorld>) => acknowledge(world.parts, id, presser)],
    [
      'silenced it',
      (world: ReturnType<typeof alertWorld>) => silence(world.parts, id, presser, { choice: '1h' }),
    ],
    [
      'gave the service a command',
      (world: ReturnType<typeof alertWorld>) => world.record({ state: 'idle', pressedAt: world.clock.now() }),
    ],
    [
      'ended it',
      (world: ReturnType<typeof alertWorld>) =>
        world.deliver([world.alert({ severity: 'critical', title: 'Down', status: 'resolved' })]),
    ],
  ])('rings no more once somebody %s', async (_, act) => {
    const world = await open();
    await wait(world, 1);
    await act(world);
    await wait(world, 30);
    expect(await unanswered(world)).toEqual([]);
  });

  it('leaves it to the bake while that is unhealthy', async () => {
    const world = await open();
    const { releases, bake } = {
      releases: [world.release()],
      bake: {
        release: 'r1',
        startedAt: 1,
        until: 9e15,
        verdict: 'unhealthy' as const,
        wayBack: 'alive' as const,
        hooksDone: true,
      },
    };
    await world.record({ state: 'baking', releases, bake });
    await wait(world, 30);
    expect(await unanswered(world)).toEqual([]);
  });
});
