// @ts-check
/** The chart of the traffic: areas on top of one another, errors uppermost, a dashed line for each switch. */
import uPlot from 'uplot';
import { shownMs } from './connect.js';
import { labelled } from './marks.js';

/** @typedef {import('../api.ts').Told} Told */

const height = 140;
const shown = shownMs / 1000;
const font = '11px system-ui, sans-serif';

/**
 * @param {HTMLElement} place
 * @param {readonly string[]} keys
 * @param {ReadonlyMap<string, string>} colors by key; `errors`, `ink`, `line` and `panel` too
 */
export function chartOf(place, keys, colors) {
  const color = (/** @type {string} */ key) => colors.get(key) ?? 'gray';
  /** @type {Told['switched'][]} */
  let marks = [];
  // The top layer is drawn first, and each later one covers its lower part.
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
            (place.clientWidth < 300 ? [0, 60, 120] : [0, 30, 60, 90, 120]).map((back) =>
              Math.max(least, most - back),
            ),
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
          fill: key === 'errors' ? hatched(color(key), color('panel')) : color(key),
          width: 1,
          points: { show: false },
        })),
      ],
      hooks: { draw: [(given) => drawMarks(given, marks, color('ink'), color('panel'))] },
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
 * The sum of each layer and all below it.
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
 * A striped pattern, which differs from an area even without colors.
 * @param {string} color
 * @param {string} ground
 * @returns {CanvasPattern | string}
 */
function hatched(color, ground) {
  const size = 8 * devicePixelRatio;
  const tile = new OffscreenCanvas(size, size);
  const context = tile.getContext('2d');
  if (!context) return color;
  context.fillStyle = ground;
  context.fillRect(0, 0, size, size);
  context.strokeStyle = color;
  context.lineWidth = size / 3;
  for (const shift of [-size, 0, size]) {
    context.beginPath();
    context.moveTo(shift - 1, size + 1);
    context.lineTo(shift + size + 1, -1);
    context.stroke();
  }
  return context.createPattern(tile, 'repeat') ?? color;
}

/**
 * @param {uPlot} plot
 * @param {readonly Told['switched'][]} marks
 * @param {string} ink
 * @param {string} ground
 */
function drawMarks(plot, marks, ink, ground) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  ctx.strokeStyle = ink;
  ctx.lineWidth = ratio;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.setLineDash([4 * ratio, 3 * ratio]);
  const room = { from: bbox.left, to: bbox.left + bbox.width };
  const lines = marks
    .map(({ at, to }) => ({ x: Math.round(plot.valToPos(at / 1000, 'x', true)), text: `→ ${to}` }))
    .filter(({ x }) => x >= room.from && x <= room.to);
  for (const { x } of lines) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  const all = lines.map((line) => ({ ...line, width: ctx.measureText(line.text).width + 6 * ratio }));
  for (const { text, left, width } of labelled(all, room, ratio)) {
    ctx.fillStyle = ground;
    ctx.fillRect(left, bbox.top, width, 16 * ratio);
    ctx.fillStyle = ink;
    ctx.fillText(text, left + 3 * ratio, bbox.top + 8 * ratio);
  }
  ctx.restore();
}
