import type { AnySchemaObject } from 'ajv';
import type { JsonObject } from './json.ts';
import { objectAt, objectsAt, textAt } from './json.ts';

const text = { type: 'string' };
const closed = (properties: Record<string, unknown>, optional: string[] = []): AnySchemaObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
  additionalProperties: false,
});
const list = (items: unknown) => ({ type: 'array', items });
const labelled = (value: unknown) => closed({ label: text, value });
const curves = (type: string): AnySchemaObject =>
  closed({
    type: { type: 'string', const: type },
    series: list(closed({ name: text, data: list(labelled({ type: 'number' })) })),
    axis_config: closed({ categories: list(text), x_label: text, y_label: text }, ['x_label', 'y_label']),
  });

/**
 * The structure of a chart, which Slack's own types do not have yet. Written from
 * https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block.
 */
export const chartDefinitions: Record<string, AnySchemaObject> = {
  LineChart: curves('line'),
  BarChart: curves('bar'),
  AreaChart: curves('area'),
  PieChart: closed({
    type: { type: 'string', const: 'pie' },
    segments: list(labelled({ type: 'number', exclusiveMinimum: 0 })),
  }),
  DataVisualizationBlock: closed(
    {
      type: { type: 'string', const: 'data_visualization' },
      title: text,
      chart: {
        anyOf: ['Line', 'Bar', 'Area', 'Pie'].map((name) => ({ $ref: `#/definitions/${name}Chart` })),
      },
      block_id: text,
    },
    ['block_id'],
  ),
};

/** True for a block that is a chart. */
export const isChart = (block: JsonObject): boolean => block['type'] === 'data_visualization';

const heights = Array.from('▁▂▃▄▅▆▇█');

/** Draws a chart as text: its title, then a row of bars for each line. */
export function renderChart(block: JsonObject): string[] {
  const chart = objectAt(block, 'chart') ?? {};
  const lines = objectsAt(chart, 'series').map((line) => ({
    name: textAt(line, 'name') ?? '',
    values: objectsAt(line, 'data').map(({ value }) => Number(value)),
  }));
  const most = Math.max(1, ...lines.flatMap(({ values }) => values));
  const bar = (value: number): string => heights[Math.ceil((Math.max(0, value) / most) * 7)] ?? '';
  return [
    `▤ ${textAt(block, 'title') ?? ''}`,
    ...lines.map(({ name, values }) => `  ${values.map(bar).join('')} ${name}`),
    ...objectsAt(chart, 'segments').map(
      (part) => `  ${textAt(part, 'label') ?? ''}: ${Number(part['value'])}`,
    ),
  ];
}
