import { afterEach, expect, it } from 'vitest';
import { openTown } from '../support/one-bot.ts';
import type { Town } from '../support/one-bot.ts';

let town: Town;
afterEach(() => town.close());

it.each(['http', 'socket'] as const)(
  'stages, promotes, bakes, settles and reverts a release over %s',
  async (mode) => {
    town = await openTown({ mode, settings: { promotion: { bake: '1s' } } });
    const { slack, green } = town;
    const ann = slack.person('ann');
    green.levers.version = 'v2';

    const stage = await ann.types('#releases', '/release stage checkout v2');
    expect(stage.text).toMatch(/^stage: checkout #1 v2/);
    await town.until('staged', (record) => record.state === 'staged');
    const card = await slack.until(
      () =>
        slack
          .channel('#releases')
          .messages()
          .find((message) =>
            slack.look(message).buttons.some((button) => button.actionId === 'release.promote'),
          ),
      { channel: '#releases' },
    );
    expect(slack.look(card).text).toContain('staged');

    const press = await ann.presses(card, 'release.promote');
    expect(press.confirm?.text).toContain('100 % of traffic moves blue → green');
    await press.accept();
    await town.until('baking', (record) => record.state === 'baking');
    expect(await town.live()).toBe('green');
    await town.until('settled', (record) => record.state === 'idle');

    const revert = await ann.types('#releases', '/revert checkout errors everywhere');
    expect(revert.text).toMatch(/^revert: checking blue v1; the traffic of checkout goes back/);
    const record = await town.until('reverted', (each) => each.state === 'idle' && each.live === 'blue');
    expect(record).toMatchObject({ epoch: 3, lock: { holder: { kind: 'system' } } });
    expect(await town.live()).toBe('blue');
    await slack.until(() => slack.transcript('#releases').includes('reverted checkout'), {
      channel: '#releases',
    });
    expect(slack.violations).toEqual([]);
  },
);
