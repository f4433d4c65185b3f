// @ts-check
/** Draws a chart block of Slack's: a line for each row of numbers, with its name below. */
import { html } from 'htm/preact';

/** @typedef {import('../shapes.ts').Block} Block */

const size = { width: 420, height: 110, left: 30, right: 8, top: 8, bottom: 18 };

/** A line has the color that its name begins with. @param {string} name */
const colorOf = (name) => (/^(blue|green)\b/.test(name) ? `var(--${name.split(' ')[0]})` : 'var(--ink)');

/**
 * @param {{ block: Block }} props
 */
export function LineChart({ block }) {
  const { title = '', chart = {} } = block;
  const lines = (chart.series ?? []).map(({ name = '', data = [] }) => ({
    name,
    values: data.map(({ value }) => Number(value ?? 0)),
  }));
  const times = chart.axis_config?.categories ?? [];
  const most = Math.max(1, ...lines.flatMap(({ values }) => values));
  const [right, bottom] = [size.width - size.right, size.height - size.bottom];
  const x = (/** @type {number} */ at) =>
    size.left + (at / Math.max(1, times.length - 1)) * (right - size.left);
  const y = (/** @type {number} */ value) => bottom - (value / most) * (bottom - size.top);
  const path = (/** @type {number[]} */ values) =>
    values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const says = lines.map(({ name, values }) => `${name}: ${values.join(', ')}`).join('; ');
  return html`<figure class="block line-chart">
    <figcaption>${title}</figcaption>
    <svg viewBox=${`0 0 ${size.width} ${size.height}`} role="img" aria-label=${`${title}. ${says}`}>
      ${[0, most].map(
        (value) => html`<g key=${value}>
          <line class="grid" x1=${size.left} x2=${right} y1=${y(value)} y2=${y(value)} />
          <text x=${size.left - 5} y=${y(value) + 4} text-anchor="end">${value}</text>
        </g>`,
      )}
      <text x=${size.left} y=${size.height - 4}>${times[0]}</text>
      <text x=${right} y=${size.height - 4} text-anchor="end">${times.at(-1)}</text>
      ${lines.map(({ name, values }) => html`<polyline key=${name} points=${path(values)} stroke=${colorOf(name)} />`)}
    </svg>
    <div class="names">
      ${lines.map(({ name }) => html`<span key=${name}><i style=${`background: ${colorOf(name)}`}></i>${name}</span>`)}
      <span>${chart.axis_config?.x_label}</span>
    </div>
  </figure>`;
}
