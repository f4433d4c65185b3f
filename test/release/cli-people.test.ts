import { describe, expect, it } from 'vitest';
import { ann, bob, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const deploy = { kind: 'cli', name: 'deploy' } as const;
/** The configuration says that deploy is bob. */
const deployOfBob = { ...deploy, person: bob.user };

async function stagedWith(approvals: number): Promise<{ core: Core; bot: Replica }> {
  const made = await ready({ settings: { promotion: { approvals, bake: '10s' } } });
  made.core.roles['cli:deploy'] = ['operator'];
  await staged(made.core, made.bot);
  return made;
}

describe('a user of the command line', () => {
  it('may promote without being anybody in Slack where nobody has to approve', async () => {
    const { core, bot } = await stagedWith(0);
    expect(await bot.submit({ verb: 'promote', actor: deploy })).toMatchObject({ ok: true });
    await inState(core, 'baking');
  });

  it('is refused a promote that needs approvals while nobody knows who it is, also one approved already', async () => {
    const { core, bot } = await stagedWith(1);
    const asked = await bot.submit({ verb: 'promote', actor: deploy });
    expect(asked).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
    expect(JSON.stringify(asked)).toContain('people: ');
    expect((await core.record()).request).toBeNull();
    core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: false, takesMs: 0, calls: [] });
    await bot.submit({ verb: 'promote' });
    await bot.submit({ verb: 'approve', actor: bob });
    await inState(core, 'staged');
    expect((await core.record()).request?.status).toBe('granted');
    expect(await bot.submit({ verb: 'promote', actor: deploy })).toMatchObject({
      ok: false,
      refusal: { code: 'not-allowed' },
    });
  });

  it('counts as the person that it is: that person cannot approve what it asked for', async () => {
    const { core, bot } = await stagedWith(1);
    expect(await bot.submit({ verb: 'promote', actor: deployOfBob })).toMatchObject({ ok: true });
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({
      ok: false,
      refusal: { code: 'self-approval' },
    });
    expect(await core.said()).toContain('cli:deploy (@UBOB) asks to promote');
    expect(await bot.submit({ verb: 'approve', actor: cleo })).toMatchObject({ ok: true });
    await inState(core, 'baking');
    expect((await core.record()).releases[0]?.promotedBy).toEqual(deployOfBob);
  });

  it('counts once together with the person that it is, and not at all as an approver when it is nobody', async () => {
    const { core, bot } = await stagedWith(2);
    core.roles['cli:deploy'] = ['operator', 'approver'];
    await bot.submit({ verb: 'promote', actor: ann });
    expect(await bot.submit({ verb: 'approve', actor: deploy })).toMatchObject({
      ok: false,
      refusal: { code: 'not-allowed' },
    });
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({ ok: true });
    expect(await bot.submit({ verb: 'approve', actor: deployOfBob })).toMatchObject({
      ok: false,
      refusal: { code: 'nothing-to-do' },
    });
    expect((await core.record()).request?.approvals).toHaveLength(1);
  });

  it('shares a lock with the person that it is', async () => {
    const { core, bot } = await ready();
    core.roles['cli:deploy'] = ['operator'];
    await bot.submit({ verb: 'lock', reason: 'migration', actor: deployOfBob });
    expect(await bot.submit({ verb: 'unlock' })).toMatchObject({
      ok: false,
      refusal: { code: 'not-allowed' },
    });
    expect(await bot.submit({ verb: 'unlock', actor: bob })).toMatchObject({ ok: true });
  });
});
