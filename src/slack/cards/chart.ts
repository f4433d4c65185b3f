/**
 * A chart that Slack draws itself, and the same in words for a workspace that does not draw it. `@slack/types` has no
 * type for this block. See https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block.
 */
import { otherColor } from '../../release/color.ts';
import type { Color } from '../../release/color.ts';
import type { Series } from '../../release/evidence/series.ts';
import type { SlackMessage } from '../reply.ts';
import { sections } from './sections.ts';

/**
 * A line chart. Slack's limits: `title` and axis labels 50 characters; 6 lines of 20 points; a name, a label and a
 * category 20 characters; names are unique; each line has one point for each category, in their order; two charts a
 * message.
 */
export interface LineChart {
  type: 'data_visualization';
  title: string;
  chart: {
    type: 'line';
    series: { name: string; data: { label: string; value: number }[] }[];
    axis_config: { categories: string[]; x_label: string; y_label: string };
  };
}

const most = { title: 50, axis: 50, lines: 6, points: 20, name: 20 };

/** The numbers of a chart: its lines have a value, in %, at each time. */
interface Drawn {
  title: string;
  times: readonly string[];
  timesAre: string;
  lines: readonly { name: string; values: readonly number[] }[];
}

/** Makes a block within Slack's limits. Only the newest points fit. */
export function lineChart({ title, times, timesAre, lines }: Drawn): LineChart {
  const categories = times.slice(-most.points).map((time) => cut(time, most.name));
  return {
    type: 'data_visualization',
    title: cut(title, most.title),
    chart: {
      type: 'line',
      series: lines.slice(0, most.lines).map(({ name, values }) => ({
        name: cut(name, most.name),
        data: values.slice(-most.points).map((value, i) => ({ label: categories[i] ?? '', value })),
      })),
      axis_config: { categories, x_label: cut(timesAre, most.axis), y_label: 'Failed, %' },
    },
  };
}

/**
 * Draws which part of its requests each color failed. `switchedAt`: when the live color got the traffic, and `from`:
 * when the first pair was sent, both ms since 1970. Undefined: there are fewer than two points.
 */
export function failuresChart(
  live: Color,
  { eachMs, points }: Series,
  { from, switchedAt }: { from: number; switchedAt: number | undefined },
): LineChart | undefined {
  const offset = switchedAt === undefined ? 0 : Math.max(0, from - switchedAt);
  const asked = points
    .map(([pairs, ofLive, ofBack], i) => ({ at: offset + i * eachMs, pairs, ofLive, ofBack }))
    .filter(({ pairs }) => pairs > 0);
  if (asked.length < 2) return undefined;
  const after = switchedAt === undefined ? 'the first request' : 'the switch';
  return lineChart({
    title: `Failed requests after ${after}, in %`,
    times: asked.map(({ at }) => clockOf(at)),
    timesAre: `Minutes after ${after}`,
    lines: [
      { name: `${live} (live)`, values: asked.map(({ pairs, ofLive }) => percent(ofLive, pairs)) },
      {
        name: `${otherColor(live)} (way back)`,
        values: asked.map(({ pairs, ofBack }) => percent(ofBack, pairs)),
      },
    ],
  });
}

const isChart = (block: Record<string, unknown>): boolean => block['type'] === 'data_visualization';

/** True for a message that an older workspace may refuse. */
export function hasChart({ blocks }: SlackMessage): boolean {
  return blocks.some(isChart);
}

/** The same message, with a line of words and bars for each line of a chart. */
export function inWords({ text, blocks }: SlackMessage): SlackMessage {
  return {
    text,
    blocks: blocks.flatMap((block) =>
      isChart(block) ? sections(barsOf(block as unknown as LineChart)) : [block],
    ),
  };
}

function barsOf({ title, chart }: LineChart): string[] {
  const { categories } = chart.axis_config;
  const between = `${categories[0] ?? ''} to ${categories.at(-1) ?? ''}`;
  return [
    `${title} (${between}):`,
    ...chart.series.map(({ name, data }) => {
      const values = data.map(({ value }) => value);
      return `\`${bars(values)}\` ${name}, ${values.at(-1) ?? 0} at the end`;
    }),
  ];
}

const heights = Array.from('▁▂▃▄▅▆▇█');

/** A bar for each value, in %. Only 0 has the lowest one. */
function bars(values: readonly number[]): string {
  return values.map((value) => heights[Math.min(7, Math.ceil((value / 100) * 7))] ?? '').join('');
}

/** 1.4 % of many is not 0 %. */
function percent(failed: number, of: number): number {
  const part = (failed / of) * 100;
  return part > 0 && part < 1 ? 1 : Math.round(part);
}

/** `0:05`, `12:00`, `1:02:03`. */
function clockOf(ms: number): string {
  const all = Math.floor(ms / 1_000);
  const [hours, minutes, seconds] = [Math.floor(all / 3_600), Math.floor(all / 60) % 60, all % 60];
  const two = (of: number): string => String(of).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
