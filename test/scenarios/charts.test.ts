import { expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import type { Visit } from '../support/conversation.ts';
import { sharedTown } from '../support/shared-town.ts';

const settings = { promotion: { bake: '60s', failures: 2 }, compare: { every: '300ms' } };
const { town, at, violations } = sharedTown(async () => ({
  services: { sick: settings, settled: settings, old: settings, other: settings },
  file: { roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] } },
}));

const title = 'Failed requests after the switch, in %';

/** Releases and waits until both colors have answered for more than the 2 s of a point. */
async function compared(service: string): Promise<Visit> {
  const place = at(service);
  await place.baking('v2');
  await place.until('both colors are compared', ({ evidence }) => evidence?.now === 'no-difference');
  return place;
}

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
  const sick = await compared('sick');
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
  const settled = await compared('settled');
  await settled.does('bob', 'settle');
  const notice = await settled.notice('is settled early');
  expect(notice.threadTs).toBeDefined();
  expect(notice.blocks?.map(({ type }) => type)).toEqual(['section', 'data_visualization']);
  expect(settled.look(notice).text).toMatch(/▁+ green \(live\)\n {2}▁+ blue \(way back\)/);
});

it('is words and bars where Slack does not know charts, and Slack is not asked again', async () => {
  town().slack.levers.noCharts();
  const [old, other] = await Promise.all([compared('old'), compared('other')]);
  old.green.levers.fail = true;
  const notice = await charted(
    'old',
    /`▁+[▂-█]+` green \(live\), [1-9]\d* at the end\n`▁+` blue \(way back\), 0 at the end/,
  );
  expect(notice.blocks?.map(({ type }) => type)).toEqual(['section', 'actions', 'section']);
  expect(violations().map(({ error, messages }) => [error, ...messages])).toEqual([
    ['invalid_blocks', 'unsupported type: data_visualization [json-pointer:/blocks/2/type]'],
  ]);
  await other.does('bob', 'settle');
  const second = await other.notice('is settled early');
  expect(other.look(second).text).toMatch(/`▁+` green \(live\), 0 at the end\n`▁+` blue/);
});
