/** A staged release that makes room for another: who staged it hears of it, and a pipeline can ask not to do that. */
import { expect, it } from 'vitest';
import { ann, bob, inState, ready, staged } from '../support/memory-core.ts';

const cli = (name: string, person?: string) =>
  ({ kind: 'cli', name, ...(person !== undefined && { person }) }) as const;

it('a person who staged a release reads in its thread and in the channel that another person stages in its place', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  const [first] = (await core.record()).releases;
  expect((await bot.submit({ verb: 'stage', version: 'v3', actor: bob })).ok).toBe(true);
  const told = (await core.notices()).filter(({ kind }) => kind === 'broadcast');
  expect(told).toMatchObject([{ release: first?.id, to: ann.user }]);
  expect(await core.said()).toContain(
    'broadcast: @UANN: @UBOB stages v3 in place of your checkout #1 v2, which was not promoted.',
  );
});

it('a pipeline whose release makes room is named in the channel; nobody gets a direct message', async () => {
  const { core, bot } = await ready();
  core.roles['cli:deploy'] = ['operator'];
  core.world.colors.green.version = 'v2';
  await bot.submit({ verb: 'stage', version: 'v2', actor: cli('deploy') });
  await inState(core, 'staged');
  await bot.submit({ verb: 'stage', version: 'v3' });
  const [told] = (await core.notices()).filter(({ kind }) => kind === 'broadcast');
  expect(told).not.toHaveProperty('to');
  expect(await core.said()).toContain('cli:deploy: @UANN stages v3 in place of your checkout #1 v2');
});

it('a person who stages again in place of their own release gets no notice, also from the command line', async () => {
  const { core, bot } = await ready();
  core.roles['cli:deploy'] = ['operator'];
  await staged(core, bot);
  expect(
    (await bot.submit({ verb: 'stage', version: 'v3', actor: cli('deploy', ann.user), ifIdle: true })).ok,
  ).toBe(true);
  expect(await core.said()).not.toContain('in place of your');
});

it('a stage with ifIdle leaves another person’s release staged, and refuses nothing else', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  const refused = await bot.submit({ verb: 'stage', version: 'v3', actor: bob, ifIdle: true });
  expect(refused).toMatchObject({ ok: false, refusal: { code: 'staged-by-another' } });
  expect((await core.record()).releases[0]).toMatchObject({ version: 'v2', status: 'staged' });
  await bot.submit({ verb: 'cancel' });
  await inState(core, 'idle');
  expect((await bot.submit({ verb: 'stage', version: 'v3', actor: bob, ifIdle: true })).ok).toBe(true);
});
