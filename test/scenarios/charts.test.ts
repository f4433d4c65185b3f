import { expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { sharedTown } from '../support/shared-town.ts';

const settings = { promotion: { bake: '60s', failures: 2 }, compare: { every: '100ms', block: '1s' } };
const { town, at, violations } = sharedTown(async () => ({
  services: { sick: settings, settled: settings, old: settings, older: settings },
  file: { roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] } },
}));

const title = 'Failed requests after the switch, in %';

/** The notice that a release is unhealthy, once it shows these lines. */
async function charted(service: string, lines: RegExp): Promise<Message> {
  const place = at(service);
  return town().slack.until(
    async () => {
      const found = await place.notice('is unhealthy');
      const { text } = place.look(found);
      return text.includes(title) && lines.test(text) ? found : undefined;
    },
    { channel: place.channel, what: `a notice with ${lines.source}` },
  );
}

it('stands under the notice that a release is unhealthy, below its button', async () => {
  const sick = at('sick');
  await sick.baking('v2');
  sick.green.levers.fail = true;
  const notice = await charted('sick', /[▂-█] green \(live\)\n {2}▁+ blue \(way back\)/);
  expect(notice.blocks?.map(({ type }) => type)).toEqual(['section', 'actions', 'data_visualization']);
  expect(notice.blocks?.at(-1)).toMatchObject({
    chart: { series: [{ name: 'green (live)' }, { name: 'blue (way back)' }] },
  });
  await sick.reverted();
  await town().slack.until(async () => !sick.look(await sick.notice('is unhealthy')).text.includes(title));
});

it('stands in the thread of a settled release', async () => {
  const settled = at('settled');
  await settled.baking('v2');
  await settled.until('it was asked for long', ({ evidence }) => evidence?.steady === 'no-difference');
  await settled.does('bob', 'settle');
  const notice = await settled.notice('is settled early');
  expect(notice.threadTs).toBeDefined();
  expect(notice.blocks?.map(({ type }) => type)).toEqual(['section', 'data_visualization']);
  expect(settled.look(notice).text).toMatch(/▁+ green \(live\)\n {2}▁+ blue \(way back\)/);
});

it('is words and bars where Slack does not know charts, and Slack is not asked again', async () => {
  town().slack.levers.noCharts();
  const [old, older] = [at('old'), at('older')];
  await old.baking('v2');
  old.green.levers.fail = true;
  const rows = /`▁*[▂-█]+` green \(live\), [1-9]\d* at the end\n`▁+` blue \(way back\), 0 at the end/;
  const notice = await charted('old', rows);
  expect(notice.blocks?.map(({ type }) => type)).toEqual(['section', 'actions', 'section']);
  expect(violations().map(({ error, messages }) => [error, ...messages])).toEqual([
    ['invalid_blocks', 'unsupported type: data_visualization [json-pointer:/blocks/2/type]'],
  ]);
  await older.baking('v2');
  older.green.levers.fail = true;
  const second = await charted('older', rows);
  expect(second.blocks?.map(({ type }) => type)).toEqual(['section', 'actions', 'section']);
});
