/** How a stage starts and follows its deploy. */
import { expect, it } from 'vitest';
import type { DeployJob } from '../../src/release/ports.ts';
import { inState, ready } from '../support/memory-core.ts';

async function staging() {
  const { core, bot } = await ready({ settings: { deploy: { kind: 'webhook' } } });
  const asked: DeployJob[] = [];
  core.world.deploy = { state: 'running', started: [], asked };
  return { core, bot, asked, deploy: core.world.deploy };
}

it('a first start says that none was sent before, and each later one that one may have been', async () => {
  const { core, bot, asked, deploy } = await staging();
  deploy.silent = true;
  await bot.submit({ verb: 'stage', version: 'v2' });
  await core.clock.until(() => asked.length === 3);
  expect(asked.map(({ again }) => again)).toEqual([false, true, true]);
});

it('a process that takes a deploy over says that a start may have been sent', async () => {
  const { core, bot, asked, deploy } = await staging();
  deploy.silent = true;
  await bot.submit({ verb: 'stage', version: 'v2' });
  await core.clock.until(() => asked.length === 1);
  bot.kill();
  deploy.silent = false;
  deploy.state = 'succeeded';
  core.replica();
  await inState(core, 'staged');
  expect(asked.map(({ again }) => again).slice(0, 2)).toEqual([false, true]);
  expect(deploy.started).toHaveLength(1);
});

it('a start waits as long as the system asks for, and none is sent when the time is over', async () => {
  const { core, bot, asked, deploy } = await staging();
  deploy.afterMs = 25_000;
  await bot.submit({ verb: 'stage', version: 'v2' });
  await core.clock.until(() => asked.length === 1);
  const begun = core.clock.mono();
  await core.clock.until(() => asked.length === 2);
  expect(core.clock.mono() - begun).toBeGreaterThan(24_000);
  await core.clock.until(async () => (await core.record()).releases[0]?.status === 'failed');
  expect((await core.record()).releases[0]).toMatchObject({ code: 'timed-out' });
  expect(asked).toHaveLength(3);
  expect(core.clock.mono() - begun).toBeLessThan(62_000);
});

it('the card shows where to watch a deploy, also when it has ended', async () => {
  const { core, bot, deploy } = await staging();
  deploy.url = 'https://ci.example/17';
  const step = async () => (await core.record()).releases[0]?.steps.find(({ name }) => name === 'deploy');
  await bot.submit({ verb: 'stage', version: 'v2' });
  await core.clock.until(async () => (await step())?.url !== undefined);
  expect(await step()).toMatchObject({ status: 'doing', detail: 'rolling out', url: deploy.url });
  deploy.state = 'succeeded';
  await inState(core, 'staged');
  expect(await step()).toMatchObject({ status: 'done', url: deploy.url });
});
