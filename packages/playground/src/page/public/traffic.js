// @ts-check
/** Live traffic: which version answers, how fast, and when that changed. */
import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import { chartOf } from './chart.js';
import { useKnown } from './connect.js';
import { clock } from './dates.js';

/**
 * The class that colors each `<color> <version>` that answered, in the order in which they began to.
 * @param {import('../api.ts').Told['traffic'][]} points
 */
function shadesOf(points) {
  return new Map(
    points.flatMap(({ answered }) =>
      answered.map(({ color, version, shade }) => [`${color} ${version}`, `shade-${color}-${shade}`]),
    ),
  );
}

/** @param {{ theme: string }} props `theme`: a change redraws the chart */
export function Traffic({ theme }) {
  const points = useKnown('traffic') ?? [];
  const switched = useKnown('switched') ?? [];
  const shades = shadesOf(points);
  const keys = [...shades.keys()];
  const last = points.at(-1);
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const legend = useRef(/** @type {HTMLUListElement | null} */ (null));
  const chart = useRef(/** @type {ReturnType<typeof chartOf> | undefined} */ (undefined));
  const names = keys.join();

  useEffect(() => {
    if (!place.current) return undefined;
    // The areas use the colors of the swatches, which come from the style sheet.
    const swatches = [...(legend.current?.querySelectorAll('[data-key]') ?? [])];
    const colors = new Map(
      swatches.map((each) => [each.getAttribute('data-key') ?? '', getComputedStyle(each).color]),
    );
    chart.current = chartOf(place.current, keys, colors);
    chart.current.show(points, switched);
    return () => chart.current?.close();
  }, [names, theme]);
  useEffect(() => chart.current?.show(points, switched), [points, switched]);

  const rate = (/** @type {string} */ key) =>
    last?.answered.find(({ color, version }) => key === `${color} ${version}`)?.perSecond ?? 0;
  const errors = last?.errorsPerSecond ?? 0;
  const live = keys.filter((key) => rate(key) > 0).map((key) => `${key} ${rate(key).toFixed(0)} a second`);
  const label = `Requests a second in the last two minutes. Now: ${live.join(', ') || 'no answers'}; errors ${errors.toFixed(0)} a second.`;
  const turn = switched.at(-1);
  return html`<section class="panel traffic" aria-labelledby="traffic-name">
    <header>
      <h2 id="traffic-name">Traffic <span class="muted">requests a second</span></h2>
      ${turn && html`<p class="muted">switched to ${turn.to} at ${clock(turn.at, { seconds: true })}</p>`}
    </header>
    <div ref=${place} class="chart" role="img" aria-label=${label}></div>
    <ul ref=${legend} class="rates">
      ${keys.map(
        (key) => html`<li key=${key} class=${rate(key) === 0 ? 'muted' : ''}>
          <span class=${`swatch ${shades.get(key)}`} data-key=${key} aria-hidden="true"></span>${key} <b>${rate(key).toFixed(0)}/s</b>
        </li>`,
      )}
      <li class=${errors > 0 ? 'bad' : ''}>
        <span class="swatch hatched shade-errors" data-key="errors" aria-hidden="true"></span>${errors > 0 ? '⚠ ' : ''}errors <b>${errors.toFixed(0)}/s</b>
      </li>
      <li class="ink" data-key="ink" hidden></li>
      <li class="line-ink" data-key="line" hidden></li>
      <li class="panel-ink" data-key="panel" hidden></li>
    </ul>
  </section>`;
}
