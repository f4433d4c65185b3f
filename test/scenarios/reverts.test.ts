import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { startHookServer } from '../support/hook-server.ts';
import type { HookServer } from '../support/hook-server.ts';
import { sharedTown } from '../support/shared-town.ts';

describe('a revert', { concurrent: true }, () => {
  let hooks: HookServer;
  afterAll(() => hooks.stop());
  const { town, at } = sharedTown(async () => {
    hooks = await startHookServer();
    return {
      services: {
        staging: {},
        deploying: {
          deploy: {
            kind: 'webhook',
            url: `${hooks.url}/deploy`,
            statusUrl: `${hooks.url}/deploys/{id}`,
            deadline: '20s',
          },
        },
        promoting: { hooks: [{ at: 'before-switch', url: `${hooks.url}/promoting` }] },
        baking: {},
        resting: {},
        pressed: {},
        held: {},
      },
    };
  });

  it('typed twice, ten seconds apart, moves the traffic once; the second hears who reverted', async () => {
    const resting = at('resting');
    await resting.released('v2');
    expect(await resting.live()).toBe('green');
    const record = await resting.reverted('ann');
    expect(record).toMatchObject({ live: 'blue', epoch: 3, colors: { green: { role: 'reverted' } } });
    // The contract names this very time: somebody presses again because the first answer was slow to be seen.
    await wait(10_000);
    const again = await resting.does('bob', 'revert');
    expect(again.text).toMatch(/^nothing-to-revert-to: /);
    expect(again.shown).toContain('@ann reverted it from v2');
    const after = await resting.record();
    expect(after).toMatchObject({ live: 'blue', epoch: 3, state: 'idle' });
    expect(await resting.live()).toBe('blue');
  });

  it('during a stage drops the stage, and goes back', async () => {
    const staging = at('staging');
    await staging.released('v2');
    staging.blue.levers.slowMs = 700;
    expect((await staging.does('ann', 'stage', 'v3')).text).toMatch(/^stage: /);
    await staging.until('staging', (record) => record.state === 'staging' && record.op?.step === 'check');
    expect((await staging.does('bob', 'revert')).text).toMatch(
      /^revert: staging goes back; the running stage is stopped/,
    );
    const record = await staging.until(
      'reverted',
      (each) => each.state === 'idle' && each.live === 'blue' && each.op === null,
    );
    expect(record).toMatchObject({ epoch: 3, colors: { blue: { version: 'v1' } } });
    expect(record.releases[0]).toMatchObject({ version: 'v3', status: 'dropped' });
    expect(await staging.live()).toBe('blue');
  });

  it('during a deploy stops following it, and goes back while the old version still answers', async () => {
    const deploying = at('deploying');
    hooks.answers.set('/deploy', { id: 'd1' });
    hooks.answers.set('/deploys/d1', { state: 'succeeded' });
    await deploying.released('v2');
    hooks.answers.set('/deploy', { id: 'd2' });
    hooks.answers.set('/deploys/d2', { state: 'running', message: 'pulling' });
    await deploying.does('ann', 'stage', 'v3');
    await town().slack.until(() => hooks.to('/deploys/d2').length > 0);
    await deploying.does('ann', 'revert', 'v2 is bad');
    await deploying.until('reverted', (record) => record.state === 'idle' && record.live === 'blue');
    expect(await deploying.live()).toBe('blue');
  });

  it('before the switch of a promote ends it idle and locked, with the epoch as it was', async () => {
    const promoting = at('promoting');
    hooks.hold('/promoting');
    await promoting.staged('v2');
    await promoting.does('ann', 'promote');
    await town().slack.until(() => hooks.to('/promoting').length > 0);
    const answer = await promoting.does('bob', 'revert', 'not this one');
    expect(answer.text).toMatch(/^revert: promoting goes back; the running promote is stopped/);
    const record = await promoting.until('reverted', (each) => each.state === 'idle');
    expect(record).toMatchObject({
      live: 'blue',
      epoch: 1,
      colors: { green: { role: 'reverted', version: 'v2' } },
      lock: { holder: { kind: 'system' } },
    });
    hooks.release();
    expect(await promoting.live()).toBe('blue');
    expect((await promoting.does('ann', 'revert')).shown).toMatch(
      /^nothing-to-revert-to: .*@bob reverted it/,
    );
  });

  it('ends a bake, by the button on the card', async () => {
    const baking = at('baking');
    await baking.baking('v2');
    const press = await baking.presses('bob', 'release.revert');
    expect(press.confirm?.text).toContain('100 % of traffic moves green → blue, back to v1');
    const record = await baking.until('reverted', (each) => each.state === 'idle' && each.live === 'blue');
    expect(record).toMatchObject({ epoch: 3, bake: null, lastRevert: { actor: { user: 'U0BOB' } } });
    expect((await baking.notice('reverted baking')).broadcast).toBe(true);
    await town().slack.until(async () =>
      baking.look(await baking.card()).buttons.every((button) => button.actionId !== 'release.revert'),
    );
  });

  it('pressed by many at once is one revert, and a press on the card of before is stale', async () => {
    const pressed = at('pressed');
    await pressed.released('v2');
    const card = await pressed.cardWith('release.revert');
    const { slack } = town();
    await Promise.all(
      ['ann', 'bob', 'cleo'].map((name) =>
        slack.person(name).presses(card, 'release.revert', { accept: true, stale: true }),
      ),
    );
    const record = await pressed.until('reverted', (each) => each.state === 'idle' && each.live === 'blue');
    expect(record.epoch).toBe(3);
    await slack.person('ann').presses(card, 'release.revert', { accept: true, stale: true });
    await pressed.hears('ann', 'stale-button');
    expect(await pressed.record()).toMatchObject({ epoch: 3, live: 'blue', state: 'idle' });
  });

  it('drops nothing when there is no way back', async () => {
    const held = at('held');
    await held.staged('v2');
    expect((await held.does('ann', 'revert')).text).toMatch(/^nothing-to-revert-to: /);
    expect(await held.record()).toMatchObject({ state: 'staged', live: 'blue', epoch: 1 });
  });
});
