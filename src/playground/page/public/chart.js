// @ts-check
/** The chart of the traffic: areas on top of one another, errors uppermost, a dashed line for each switch. */
import uPlot from 'uplot';
import { shownMs } from './connect.js';

/** @typedef {import('../api.ts').Told} Told */

const height = 140;
const shown = shownMs / 1000;
const font = '11px system-ui, sans-serif';

/**
 * @param {HTMLElement} place
 * @param {readonly string[]} keys
 * @param {ReadonlyMap<string, string>} colors by key; `errors`, `ink` and `line` too
 */
export function chartOf(place, keys, colors) {
  const color = (/** @type {string} */ key) => colors.get(key) ?? 'gray';
  /** @type {Told['switched'][]} */
  let marks = [];
  // The uppermost is drawn first, and each covers the lower part of the one before.
  const layers = ['errors', ...keys.toReversed()];
  const plot = new uPlot(
    {
      width: Math.max(place.clientWidth, 200),
      height,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: (_plot, _least, most) => [most - shown, most] },
        y: { range: (_plot, _least, most) => [0, Math.max(10, Math.ceil((most * 1.5) / 5) * 5)] },
      },
      axes: [
        {
          stroke: color('ink'),
          grid: { show: false },
          ticks: { stroke: color('line'), width: 1 },
          font,
          size: 26,
          splits: (_plot, _at, least, most) =>
            [0, 30, 60, 90, 120].map((back) => Math.max(least, most - back)),
          values: (given, splits) => splits.map((at) => ago((given.scales['x']?.max ?? at) - at)),
        },
        {
          stroke: color('ink'),
          grid: { stroke: color('line'), width: 1 },
          ticks: { show: false },
          font,
          size: 32,
          space: 34,
        },
      ],
      series: [
        {},
        ...layers.map((key) => ({
          stroke: color(key),
          fill: color(key),
          width: 1,
          points: { show: false },
        })),
      ],
      hooks: { draw: [(given) => drawMarks(given, marks, color('ink'))] },
    },
    [[], ...layers.map(() => [])],
    place,
  );
  const watch = new ResizeObserver(() => plot.setSize({ width: Math.max(place.clientWidth, 200), height }));
  watch.observe(place);
  return {
    /**
     * @param {readonly Told['traffic'][]} points
     * @param {Told['switched'][]} switched
     */
    show(points, switched) {
      marks = switched;
      plot.setData([points.map(({ at }) => at / 1000), ...stacked(points, layers)]);
    },
    close() {
      watch.disconnect();
      plot.destroy();
    },
  };
}

/** @param {number} seconds */
function ago(seconds) {
  return seconds < 1 ? 'now' : `−${Math.round(seconds)} s`;
}

/**
 * Of each layer, itself and all below it.
 * @param {readonly Told['traffic'][]} points
 * @param {readonly string[]} layers the uppermost first
 */
function stacked(points, layers) {
  const sums = points.map(() => 0);
  const rows = layers.toReversed().map((key) =>
    points.map(({ answered, errorsPerSecond }, at) => {
      const own = answered.find(({ color, version }) => key === `${color} ${version}`)?.perSecond ?? 0;
      return (sums[at] = (sums[at] ?? 0) + (key === 'errors' ? errorsPerSecond : own));
    }),
  );
  return rows.toReversed();
}

/**
 * @param {uPlot} plot
 * @param {readonly Told['switched'][]} marks
 * @param {string} ink
 */
function drawMarks(plot, marks, ink) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  ctx.strokeStyle = ink;
  ctx.fillStyle = ink;
  ctx.lineWidth = ratio;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  let end = 0;
  let row = 0;
  for (const { at, to } of marks) {
    const x = Math.round(plot.valToPos(at / 1000, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const label = `→ ${to}`;
    const { width } = ctx.measureText(label);
    const right = x + width + 8 * ratio > bbox.left + bbox.width;
    const from = right ? x - width - 4 * ratio : x + 4 * ratio;
    row = from < end ? (row + 1) % 2 : 0;
    end = from + width;
    ctx.fillText(label, from, bbox.top + (11 + row * 13) * ratio);
  }
  ctx.restore();
}
