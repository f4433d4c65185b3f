import { describe, expect, test } from 'vitest';
import { messageProblems, renderBlock } from '../../../packages/slack-double/src/index.ts';
import type { JsonObject } from '../../../packages/slack-double/src/index.ts';
import { makeWorld } from '../../../packages/slack-double/src/index.ts';
import type { Series } from '../../../src/release/evidence/series.ts';
import { failuresChart, inWords, lineChart } from '../../../src/slack/cards/chart.ts';
import type { LineChart } from '../../../src/slack/cards/chart.ts';

const series: Series = {
  eachMs: 4_000,
  points: [
    [8, 0, 0],
    [0, 0, 0],
    [8, 8, 0],
    [300, 1, 0],
  ],
};
const switched = { from: 1_001_000, switchedAt: 1_000_000 };
const blocksOf = (...charts: (LineChart | undefined)[]): JsonObject[] =>
  charts.flatMap((chart) => (chart === undefined ? [] : [{ ...chart } as unknown as JsonObject]));

describe('the chart of failures', () => {
  test('has a line for each color, in percent, at the time after the switch, without what nobody asked', () => {
    const chart = failuresChart('green', series, switched);
    expect(chart).toEqual({
      type: 'data_visualization',
      title: 'Failed requests after the switch, in %',
      chart: {
        type: 'line',
        series: [
          {
            name: 'green (live)',
            data: [
              { label: '0:01', value: 0 },
              { label: '0:09', value: 100 },
              { label: '0:13', value: 1 },
            ],
          },
          {
            name: 'blue (way back)',
            data: [
              { label: '0:01', value: 0 },
              { label: '0:09', value: 0 },
              { label: '0:13', value: 0 },
            ],
          },
        ],
        axis_config: {
          categories: ['0:01', '0:09', '0:13'],
          x_label: 'Minutes after the switch',
          y_label: 'Failed, %',
        },
      },
    });
    expect(messageProblems(blocksOf(chart))).toEqual([]);
  });

  test('says that it counts from the first request where the switch is not known', () => {
    const chart = failuresChart('blue', series, { from: 5, switchedAt: undefined });
    expect(chart?.title).toBe('Failed requests after the first request, in %');
    expect(chart?.chart.axis_config.categories).toEqual(['0:00', '0:08', '0:12']);
  });

  test.each([0, 1])('is not drawn from %i points', (count) => {
    expect(failuresChart('green', { ...series, points: series.points.slice(0, count) }, switched)).toBe(
      undefined,
    );
  });

  test('fits into what Slack takes, also after days', () => {
    const points = Array.from({ length: 20 }, (): Series['points'][number] => [9, 1, 2]);
    const chart = failuresChart('green', { eachMs: 2_000 * 2 ** 13, points }, switched);
    expect(chart?.chart.axis_config.categories.at(-1)).toBe('86:28:17');
    expect(messageProblems(blocksOf(chart))).toEqual([]);
  });

  test('is cut to what Slack takes, whatever the numbers', () => {
    const long = 'x'.repeat(60);
    const chart = lineChart({
      title: long,
      times: Array.from({ length: 30 }, (_, i) => `${i} ${long}`),
      timesAre: long,
      lines: Array.from({ length: 8 }, (_, i) => ({ name: `${i} ${long}`, values: Array(30).fill(i) })),
    });
    expect(messageProblems(blocksOf(chart))).toEqual([]);
    expect(chart.chart.axis_config.categories[0]).toMatch(/^10 x+…$/);
  });
});

test('in words, each line is a row of bars, and the other blocks stay', () => {
  const chart = failuresChart('green', series, switched);
  const other = { type: 'divider' };
  const { text, blocks } = inWords({ text: 'said', blocks: [other, ...blocksOf(chart)] });
  expect(text).toBe('said');
  expect(blocks).toEqual([
    other,
    {
      type: 'section',
      text: {
        type: 'mrkdwn',
        verbatim: true,
        text: 'Failed requests after the switch, in % (0:01 to 0:13):\n`▁█▂` green (live), 1 at the end\n`▁▁▁` blue (way back), 0 at the end',
      },
    },
  ]);
  expect(messageProblems(blocks)).toEqual([]);
});

describe('the pretend Slack', () => {
  const good = (): JsonObject => structuredClone(blocksOf(failuresChart('green', series, switched))[0] ?? {});
  const says = (alter: (chart: never) => void): string[] => {
    const block = good();
    alter(block as never);
    return messageProblems([block]).map((problem) => problem.says);
  };
  type Loose = LineChart & { chart: { extra: number } };
  test.each<[string, (chart: Loose) => void, string]>([
    ['a long title', (block) => (block.title = 'x'.repeat(51)), 'must be less than 51 characters'],
    ['no title', (block) => (block.title = ''), 'must be more than 0 characters'],
    ['an unknown field', (block) => (block.chart.extra = 1), 'invalid additional property: extra'],
    ['no line', (block) => (block.chart.series = []), 'no fewer than 1 items allowed'],
    [
      'seven lines',
      ({ chart }) =>
        (chart.series = Array.from({ length: 7 }, (_, i) => ({
          name: `${i}`,
          data: chart.series[0]?.data ?? [],
        }))),
      'no more than 6 items allowed',
    ],
    [
      'two lines of one name',
      ({ chart }) => (chart.series = [...chart.series.slice(0, 1), ...chart.series.slice(0, 1)]),
      '`name` must be unique; it repeats "green (live)"',
    ],
    [
      'a long name',
      ({ chart }) => Object.assign(chart.series[0] ?? {}, { name: 'x'.repeat(21) }),
      'must be less than 21 characters',
    ],
    [
      'a long label of an axis',
      ({ chart }) => (chart.axis_config.x_label = 'x'.repeat(51)),
      'must be less than 51 characters',
    ],
    ['a missing point', ({ chart }) => chart.series[0]?.data.pop(), 'labels must match the categories'],
    [
      'a value that is no number',
      ({ chart }) => Object.assign(chart.series[0]?.data[0] ?? {}, { value: '1' }),
      'must be number',
    ],
  ])('refuses a chart with %s', (_, alter, problem) => {
    expect(says(alter as never)).toContain(problem);
  });

  test('refuses 21 points', () => {
    const times = Array.from({ length: 21 }, (_, i) => `${i}`);
    const data = times.map((label) => ({ label, value: 0 }));
    const found = says((({ chart }: Loose) => {
      chart.series = [{ name: 'a', data }];
      chart.axis_config.categories = times;
    }) as never);
    expect(found).toEqual(Array(2).fill('no more than 20 items allowed'));
  });

  test('refuses a third chart in a message', () => {
    expect(messageProblems([good(), good()])).toEqual([]);
    expect(messageProblems([good(), good(), good()])).toEqual([
      { at: '/blocks', says: 'no more than 2 data_visualization blocks allowed' },
    ]);
  });

  test('shows a chart as its title and a row of bars for each line', () => {
    expect(renderBlock(makeWorld(), good())).toEqual([
      '▤ Failed requests after the switch, in %',
      '  ▁█▂ green (live)',
      '  ▁▁▁ blue (way back)',
    ]);
  });
});
