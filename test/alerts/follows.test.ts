/** What a group of alerts says of a release: by what fires, and what is live, when its card is drawn. */
import { beforeEach, describe, expect, test } from 'vitest';
import { alertWorld, minute } from '../support/alert-world.ts';

let world: ReturnType<typeof alertWorld>;
beforeEach(() => {
  world = alertWorld();
});

const main = ['release.revert danger', 'alert.acknowledge', 'alert.silence'];
const last = ['release.revert', 'alert.acknowledge', 'alert.silence'];

describe('a group that was open before a release', () => {
  test('says so when the release is promoted, and offers Revert plainly', async () => {
    await world.record({ state: 'idle' });
    await world.deliver([world.alert()]);
    expect((await world.card()).text).not.toContain('went live');
    await world.clock.advance(20 * minute);
    await world.record({ state: 'promoting', releases: [world.release({ status: 'promoting' })] });
    expect((await world.card()).text).not.toContain('went live');
    await world.record({ state: 'baking', releases: [world.release()] });
    const card = await world.card();
    expect(card.text).toContain('Fired 20 min before release #7 went live. A revert may not help.');
    expect(card.text).not.toContain('cause');
    expect(card.buttons).toEqual(last);
  });

  test('and in which more fires afterwards says both, with Revert in red', async () => {
    await world.record({ state: 'idle' });
    await world.deliver([world.alert()]);
    await world.clock.advance(20 * minute);
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.clock.advance(minute);
    await world.deliver([world.alert({ fingerprint: 'f2' })]);
    const card = await world.card();
    expect(card.text).toContain('Part of it fired 1 min after release #7 went live, part 20 min before.');
    expect(card.buttons).toEqual(main);
  });

  test('follows the release when what began before it has ended', async () => {
    const since = world.clock.now() - minute;
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.deliver([world.alert({ since })]);
    expect((await world.card()).buttons).toEqual(last);
    await world.clock.advance(5 * minute);
    await world.deliver([world.alert({ fingerprint: 'f2' })]);
    await world.deliver([world.alert({ status: 'resolved', endedAt: world.clock.now() })]);
    const card = await world.card();
    expect(card.text).toContain('Fired 5 min after release #7 went live.');
    expect(card.buttons).toEqual(main);
  });
});

describe('a group that follows a release', () => {
  test('is seen next to the next one when that is promoted', async () => {
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.clock.advance(4 * minute);
    await world.deliver([world.alert()]);
    expect((await world.card()).text).toContain('Fired 4 min after release #7 went live.');
    await world.clock.advance(30 * minute);
    const colors = {
      green: { role: 'previous' as const, version: 'v2', since: 1 },
      blue: { role: 'live' as const, version: 'v3', since: 1 },
    };
    const next = world.release({ id: 'r2', number: 8, version: 'v3', color: 'blue' });
    const before = world.release({ status: 'replaced' });
    await world.record({ state: 'baking', epoch: 3, live: 'blue', colors, releases: [next, before] });
    const card = await world.card();
    expect(card.text).toContain('Fired 30 min before release #8 went live.');
    expect(card.buttons).toEqual(last);
  });

  test('says when it has resolved what was last said while it fired, even after a later release', async () => {
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.clock.advance(4 * minute);
    await world.deliver([world.alert()]);
    await world.deliver([world.alert({ status: 'resolved', endedAt: world.clock.now() })]);
    await world.clock.advance(30 * minute);
    const next = world.release({ id: 'r2', number: 8, version: 'v3' });
    await world.record({
      state: 'baking',
      epoch: 4,
      releases: [next, world.release({ status: 'replaced' })],
    });
    const card = await world.card();
    expect(card.text).toContain('Fired 4 min after release #7 went live.');
    expect(card.buttons).toEqual([]);
  });

  test('goes on saying so after the revert, and says nothing of an older release that is live again', async () => {
    const older = world.release({ id: 'r0', number: 6, version: 'v1', color: 'blue', status: 'replaced' });
    await world.record({ state: 'baking', releases: [world.release(), older] });
    await world.clock.advance(4 * minute);
    await world.deliver([world.alert()]);
    await world.record({ state: 'reverting', releases: [world.release({ status: 'reverting' }), older] });
    expect((await world.card()).text).toContain('Fired 4 min after release #7 went live.');
    const colors = {
      green: { role: 'reverted' as const, version: 'v2', since: world.clock.now() },
      blue: { role: 'live' as const, version: 'v1', since: world.clock.now() },
    };
    const releases = [world.release({ status: 'reverted' }), { ...older, status: 'live' as const }];
    await world.record({ state: 'idle', epoch: 3, live: 'blue', colors, releases });
    const card = await world.card();
    expect(card.text).toContain('Fired 4 min after release #7 went live.');
    expect(card.buttons).toEqual(['alert.acknowledge', 'alert.silence', 'alert.close']);
  });
});

describe('how long before or after a switch it began', () => {
  test('is said in hours when it is long', async () => {
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.deliver([world.alert({ since: world.clock.now() - 1_560 * minute })]);
    expect((await world.card()).text).toContain('Fired 1 d 2 h before release #7 went live.');
    expect((await world.card()).lock).toBe('⚠️ checkout: Slow is firing');
  });

  test('stands on a lock screen, with the release', async () => {
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.clock.advance(4 * minute);
    await world.deliver([world.alert({ summary: '5 % fail' })]);
    expect((await world.card()).lock).toBe('⚠️ checkout: 5 % fail');
    const since = world.clock.now() - 10 * minute;
    await world.deliver([world.alert({ fingerprint: 'f2', severity: 'info', since })]);
    expect((await world.card()).text).toContain('Part of it fired 4 min after release #7 went live');
  });
});

describe('a revert', () => {
  const bob = { kind: 'slack', user: 'U0BOB', team: 'T' } as const;
  const colors = (since: number) => ({
    green: { role: 'reverted' as const, version: 'v2', since },
    blue: { role: 'live' as const, version: 'v1', since },
  });
  const told = async () => (await world.said()).filter((each) => /revert/i.test(each));

  test('is said on the alert while it is under way and afterwards, and once in its thread', async () => {
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.clock.advance(4 * minute);
    await world.deliver([world.alert()]);
    const op = {
      id: 'op',
      release: 'r1',
      target: 'blue' as const,
      version: 'v1',
      actor: bob,
      at: world.clock.now(),
      step: 'switch' as const,
      driver: 'd',
      kind: 'revert' as const,
      was: 'baking' as const,
    };
    await world.record({ state: 'reverting', op, releases: [world.release({ status: 'reverting' })] });
    await world.tend();
    const during = await world.card();
    expect(during.text).toContain('A revert by <@U0BOB> is under way, to blue v1.');
    expect(during.buttons).toEqual(['alert.acknowledge', 'alert.silence', 'alert.close']);
    expect(await told()).toEqual([]);
    const gone = world.release({ status: 'reverted', revertedBy: bob, revertedAt: world.clock.now() });
    const after = { epoch: 3, live: 'blue' as const, colors: colors(world.clock.now()), releases: [gone] };
    await world.record({ state: 'idle', ...after });
    await world.tend();
    expect((await world.card()).text).toContain('Reverted by <@U0BOB>: blue v1 is live.');
    expect(await told()).toEqual(['event Reverted by @U0BOB: blue v1 is live.']);
    await world.clock.advance(minute);
    await world.record({ state: 'staging', ...after });
    await world.tend();
    expect(await told()).toHaveLength(1);
    await world.deliver([world.alert({ status: 'resolved', endedAt: world.clock.now() })]);
    expect((await world.card()).text).toContain('Reverted by <@U0BOB>: blue v1 is live.');
  });

  test('of an older release than the one it follows is not said', async () => {
    const gone = world.release({ id: 'r0', number: 6, status: 'reverted', revertedBy: bob });
    await world.record({ state: 'baking', releases: [world.release(), gone] });
    await world.deliver([world.alert()]);
    await world.tend();
    expect((await world.card()).text).not.toContain('Reverted');
    expect(await told()).toEqual([]);
  });
});

describe('while a hot-fix is staged', () => {
  const fix = (status: 'staging' | 'staged') =>
    world.release({ id: 'r2', number: 8, version: 'v3', color: 'blue', status });
  const green = { role: 'live' as const, version: 'v2', since: 1 };
  const live = () => world.release({ status: 'live', settledAt: world.clock.now() });
  beforeEach(async () => {
    await world.record({ state: 'idle', releases: [live()] });
    await world.deliver([world.alert()]);
  });

  test('Revert stays on the alert as long as there is a way back', async () => {
    const blue = { role: 'previous' as const, version: 'v1', since: 1 };
    await world.record({ state: 'staging', colors: { blue, green }, releases: [fix('staging'), live()] });
    expect((await world.card()).buttons).toEqual(main);
    await world.record({ state: 'staging', colors: { blue, green }, releases: [fix('staging'), live()] });
    const held = { role: 'staged' as const, version: 'v1', since: 1, wasPrevious: true };
    await world.record({ state: 'staged', colors: { blue: held, green }, releases: [fix('staged'), live()] });
    expect((await world.card()).buttons).toEqual(main);
  });

  test('Revert goes from it where the fix has taken the place of the way back', async () => {
    const blue = { role: 'staged' as const, version: 'v3', since: 1 };
    await world.record({ state: 'staged', colors: { blue, green }, releases: [fix('staged'), live()] });
    expect((await world.card()).buttons).toEqual(['alert.acknowledge', 'alert.silence', 'alert.close']);
  });
});

describe('the color that an alert names', () => {
  test('is said when it is not live, and Revert is not red', async () => {
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.clock.advance(minute);
    await world.deliver([world.alert({ labels: { color: 'blue' } })]);
    const card = await world.card();
    expect(card.text).toContain(
      'Fired 1 min after release #7 went live. Every firing alert is about blue, which takes no traffic now.',
    );
    expect(card.buttons).toEqual(last);
  });

  test.each([
    ['it is live', [{ color: 'green' }]],
    ['it stands in another label', [{ team: 'blue' }]],
    ['not all that fires names', [{ color: 'blue' }, { color: 'green' }]],
    ['only some of what fires names', [{ color: 'blue' }, {}]],
  ])('is not said when %s', async (_what, labels) => {
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.deliver(labels.map((each, i) => world.alert({ fingerprint: `f${i}`, labels: { ...each } })));
    const card = await world.card();
    expect(card.text).not.toContain('no traffic');
    expect(card.buttons).toEqual(main);
  });
});

describe('the window of a release', () => {
  test('ends so long after its bake did, and then the card is drawn without Revert', async () => {
    await world.record({ state: 'baking', releases: [world.release()] });
    const promotedAt = world.clock.now();
    await world.deliver([world.alert()]);
    await world.clock.advance(2 * minute);
    // Settled early.
    const settledAt = world.clock.now();
    const release = world.release({ status: 'live', promotedAt, settledAt });
    await world.record({ state: 'idle', releases: [release] });
    await world.tend();
    await world.drawn();
    await world.clock.advance(30 * minute - 1);
    expect(await world.tend()).toEqual([]);
    expect((await world.card()).buttons).toEqual(main);
    await world.clock.advance(1);
    expect(await world.tend()).toHaveLength(1);
    expect(await world.drawn()).toHaveLength(1);
    const card = await world.card();
    expect(card.buttons).toEqual(['alert.acknowledge', 'alert.silence', 'alert.close']);
    expect(card.text).toContain('Fired 0 s after release #7 went live.');
  });

  test('is longer when its bake was', async () => {
    await world.record({ state: 'baking', releases: [world.release()] });
    const promotedAt = world.clock.now();
    await world.clock.advance(45 * minute);
    const settledAt = world.clock.now();
    await world.record({
      state: 'idle',
      releases: [world.release({ status: 'live', promotedAt, settledAt })],
    });
    await world.clock.advance(29 * minute);
    await world.deliver([world.alert()]);
    expect((await world.card()).buttons).toEqual(main);
  });
});

describe('a firing', () => {
  test('lasts from its first alert to its last, in any order of their ends', async () => {
    await world.record({ state: 'idle' });
    await world.deliver([world.alert()]);
    await world.clock.advance(30 * minute);
    await world.deliver([world.alert({ fingerprint: 'f2' })]);
    await world.deliver([world.alert({ status: 'resolved', endedAt: world.clock.now() })]);
    await world.clock.advance(30 * minute);
    await world.deliver([world.alert({ fingerprint: 'f2', status: 'resolved', endedAt: world.clock.now() })]);
    expect(await world.said()).toContain('event Resolved after 1 h.');
    expect((await world.card()).text).toContain('resolved after 1 h');
  });
});
