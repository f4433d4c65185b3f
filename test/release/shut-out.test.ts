/** Words about a router that disagrees, or that refuses the questions of the bot. */
import { expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { ready } from '../support/memory-core.ts';
import type { Core } from '../support/memory-core.ts';

const minute = 60_000;
const repair = 'give it that right';

const heard = async (core: Core): Promise<string[]> =>
  (await core.notices()).filter(({ kind }) => kind === 'broadcast').map(({ text }) => plain(text));

it('a router that refuses the questions of the bot comes to the channel once, after minutes, and so does its end', async () => {
  const { core } = await ready();
  core.world.barred = repair;
  await core.clock.until(async () => (await core.record()).shutOut != null, 2 * minute);
  expect(await heard(core)).toEqual([]);
  await core.clock.until(async () => (await heard(core)).length > 0, 5 * minute);
  await core.clock.advance(10 * minute);
  expect(await heard(core)).toEqual([
    'checkout: the router has refused to answer the bot for 2 minutes. Until that is fixed, the bot cannot promote, revert or see where traffic goes. router-unreachable: r1 (it may not look; give it that right).',
  ]);
  expect((await core.record()).drift).toBeNull();
  core.world.barred = undefined;
  await core.clock.until(async () => (await core.record()).shutOut == null, 2 * minute);
  expect(await core.said()).toContain('event: The router of checkout answers the bot again.');
});

it('nobody hears of a router that refuses for a moment, or that is only silent', async () => {
  const { core } = await ready();
  core.world.barred = repair;
  await core.clock.until(async () => (await core.record()).shutOut != null, 2 * minute);
  core.world.barred = undefined;
  await core.clock.until(async () => (await core.record()).shutOut == null, 2 * minute);
  core.world.silent.add('r1');
  await core.clock.advance(10 * minute);
  expect(await heard(core)).toEqual([]);
  expect(await core.said()).not.toContain('answers the bot again');
});

it('the drift that a shut-out hid is noticed at the next look', async () => {
  const { core } = await ready();
  core.world.barred = repair;
  await core.clock.until(async () => (await core.record()).shutOut?.told === true, 6 * minute);
  core.world.router['r1'] = 'green';
  core.world.barred = undefined;
  await core.clock.until(async () => (await core.record()).drift?.saw === 'green', 2 * minute);
  expect((await heard(core)).at(-1)).toContain('checkout: traffic goes to green');
});

it.each([
  [{ r1: 'green' }, undefined, 'Somebody else changed it, or a write came late. Put back'],
  [{ r1: 'green' }, 'argocd-controller', ' argocd-controller changed it. Put back'],
  [{ r1: 'unknown' }, undefined, 'r1: unknown (no address of it is ready). Put back'],
  [{ r1: 'unknown' }, 'helm', '(no address of it is ready). helm changed it last. Put back'],
  [
    { r1: 'green', r2: 'blue' },
    undefined,
    'Not all of its instances followed, or somebody changed one. Put back',
  ],
] as const)('of %j, last changed by %s, the notice says "%s"', async (router, by, words) => {
  const { core } = await ready({ instances: Object.keys(router) });
  if (by !== undefined) core.world.by = by;
  core.world.why = 'no address of it is ready';
  Object.assign(core.world.router, router);
  await core.clock.until(async () => (await core.record()).drift !== null, 2 * minute);
  expect((await heard(core)).join('\n')).toContain(words);
});
