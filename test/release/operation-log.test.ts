/** What the log says of an operation: found by its id, step by step, with how it ended. */
import { expect, it } from 'vitest';
import { inState, ready, staged } from '../support/memory-core.ts';
import type { Core } from '../support/memory-core.ts';

/** The lines of one operation, each as `step: text`, with its outcome. */
function linesOf(core: Core, operation: string | undefined): string[] {
  return core.logged
    .filter((each) => each['operation'] === operation)
    .map(
      ({ step, text, outcome }) =>
        `${String(step)}: ${text}${typeof outcome === 'string' ? ` ${outcome}` : ''}`,
    );
}

it('each step of a stage and a promote is one line that carries service, release, operation and step, and the end another', async () => {
  const { core, bot } = await ready();
  core.world.hooks.push({ at: 'before-switch', onFailure: 'warn', ok: false, calls: [] });
  const ids: string[] = [];
  core.watch.saved = ({ after }) => {
    if (after.op && !ids.includes(after.op.id)) ids.push(after.op.id);
  };
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  expect(linesOf(core, ids[0])).toEqual([
    'ask-router: A step begins',
    'check: A step begins',
    'after-stage: A step begins',
    'after-stage: The operation ended staged',
  ]);
  expect(linesOf(core, ids[1])).toEqual([
    'ask-router: A step begins',
    'check: A step begins',
    'before-switch: A step begins',
    'before-switch: A hook failed',
    'intent: A step begins',
    'switch: A step begins',
    'switch: The operation ended live',
  ]);
  const release = (await core.record()).releases[0]?.id;
  for (const each of core.logged.filter(({ operation }) => operation !== undefined))
    expect(each).toMatchObject({ service: 'checkout', release });
  expect(core.logged.filter(({ outcome }) => outcome !== undefined)).toMatchObject([
    { kind: 'stage', outcome: 'staged', ms: 2_000 },
    { kind: 'promote', outcome: 'live', ms: expect.any(Number) as number },
  ]);
});

it('a step that is looked at again and again is one line, and so is a take-over', async () => {
  const { core, bot } = await ready();
  core.world.hooks.push({ at: 'after-stage', onFailure: 'stop', ok: true, takesMs: 60_000, calls: [] });
  core.world.colors.green.version = 'v2';
  await bot.submit({ verb: 'stage', version: 'v2' });
  await core.clock.until(() => core.world.hooks[0]?.calls.length === 1);
  const id = (await core.record()).op?.id;
  bot.kill();
  core.world.hooks = [];
  core.replica();
  await inState(core, 'staged');
  expect(linesOf(core, id).slice(-3)).toEqual([
    'after-stage: An operation was taken over',
    'after-stage: A step begins',
    'after-stage: The operation ended staged',
  ]);
});

it('an operation that a revert stops says so, and the revert has lines of its own', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 60_000);
  await bot.submit({ verb: 'stage', version: 'v3' });
  const id = (await core.record()).op?.id;
  await bot.submit({ verb: 'revert' });
  await inState(core, 'idle');
  expect(linesOf(core, id).at(-1)).toMatch(/: The operation was stopped by a revert$/);
  expect(core.logged.at(-1)).toMatchObject({
    kind: 'revert',
    outcome: 'reverted',
    release: expect.any(String) as string,
  });
});

it('a lease that cannot be renewed is said with the operation that needs it', async () => {
  const { core, bot } = await ready();
  core.world.deploy = { state: 'running', started: [] };
  await bot.submit({ verb: 'stage', version: 'v2' });
  const id = (await core.record()).op?.id;
  await core.clock.advance(500);
  core.world.storage.away = true;
  await core.clock.advance(1_000);
  core.world.storage.away = false;
  expect(linesOf(core, id)).toContain('deploy: The service lease could not be renewed');
});
