// @ts-check
/** The levers that break parts of the playground, with the bot's reaction to each. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { ask, useKnown } from './connect.js';

/**
 * @typedef {import('../api.ts').Asked['lever']} Pull
 * @typedef {{ label: string, pull: Pull, pressed?: boolean, off?: boolean }} Lever
 */

const ailments = /** @type {const} */ ({ slow: 'Slow', fail: 'Fail', die: 'Die' });

/**
 * @param {'blue' | 'green'} color
 * @param {import('../api.ts').Told['levers']} levers
 * @returns {Lever[]}
 */
function colorLevers(color, levers) {
  const { ailment } = levers.colors[color];
  return [
    ...Object.entries(ailments).map(([name, label]) => ({
      label,
      pull: /** @type {Pull} */ ({ name: 'break', color, ailment: name }),
      pressed: ailment === name,
    })),
    { label: 'Fix', pull: { name: 'fix', color }, off: ailment === null },
  ];
}

export function Levers() {
  const levers = useKnown('levers');
  const [wrong, setWrong] = useState(/** @type {string | undefined} */ (undefined));
  if (!levers) return null;
  const { database, router, slack, bot, killInPromote, colors } = levers;
  const pull = async (/** @type {Pull} */ which) => setWrong(await ask('lever', which));
  const other = router.live === 'blue' ? 'green' : 'blue';
  const row = (
    /** @type {string} */ name,
    /** @type {string} */ state,
    /** @type {[Lever[], string][]} */ groups,
  ) => html`<${Row} key=${name} name=${name} state=${state} groups=${groups} pull=${pull} />`;
  const color = (/** @type {'blue' | 'green'} */ which) => {
    const { version, ailment } = colors[which];
    const live = router.live === which;
    const does = live
      ? 'During a bake the release soon turns unhealthy, and monitoring fires an alert.'
      : 'Nothing can be promoted or reverted to it until it is healthy.';
    const state = `${version} · ${live ? 'live' : 'idle'} · ${ailment === null ? 'healthy' : `⚠ ${ailment}`}`;
    return row(which === 'blue' ? '🔵 Blue' : '🟢 Green', state, [[colorLevers(which, levers), does]]);
  };
  return html`<section class="panel levers" aria-labelledby="levers-name">
    <header><h2 id="levers-name">Break something <span class="muted">and see what the bot does</span></h2>
      <p class="muted hint">hover for details</p></header>
    ${color('blue')} ${color('green')}
    ${row('Database', database === 'down' ? '⚠ down' : 'up', [
      [
        [
          {
            label: 'Break what both share',
            pull: { name: 'database', to: 'down' },
            pressed: database === 'down',
          },
          { label: 'Fix', pull: { name: 'database', to: 'up' }, off: database === 'up' },
        ],
        'Both colors fail alike. After a release the bot says so: a revert would not help.',
      ],
    ])}
    ${row('Router', `→ ${router.live}${router.unreachable ? ' · ⚠ unreachable' : ''}`, [
      [
        [
          {
            label: 'Unreachable',
            pull: { name: 'router', to: 'unreachable' },
            pressed: router.unreachable,
          },
          { label: 'Reachable', pull: { name: 'router', to: 'reachable' }, off: !router.unreachable },
        ],
        'The bot cannot reach it and refuses to switch. Traffic still flows.',
      ],
      [
        [{ label: `Move to ${other}`, pull: { name: 'move', color: other } }],
        'Drift: reported within a minute, with Put back and Adopt.',
      ],
    ])}
    ${row('Bot', bot === 'dead' ? '⚠ dead' : bot, [
      [
        [
          {
            label: 'Kill during next promote',
            pull: { name: 'bot', to: 'kill-in-promote' },
            pressed: killInPromote,
          },
        ],
        'When it is started again, it asks the router and completes the promote.',
      ],
      [
        [
          {
            label: 'Kill now',
            pull: { name: 'bot', to: 'kill' },
            pressed: bot === 'dead',
            off: bot !== 'running',
          },
          { label: 'Start', pull: { name: 'bot', to: 'start' }, off: bot !== 'dead' },
        ],
        'Traffic still flows and the record stays. Commands fail until Start.',
      ],
    ])}
    ${row('Slack', { up: 'up', limited: '⚠ answers 429', down: '⚠ down' }[slack], [
      [
        [{ label: '429', pull: { name: 'slack', to: '429' }, pressed: slack === 'limited' }],
        'For 20 s messages wait, in order. Switches do not wait.',
      ],
      [
        [
          { label: 'Down', pull: { name: 'slack', to: 'down' }, pressed: slack === 'down' },
          { label: 'Up', pull: { name: 'slack', to: 'up' }, off: slack === 'up' },
        ],
        'Messages are queued, and sent when Slack is back.',
      ],
    ])}
    ${wrong !== undefined && html`<p class="wrong" role="alert">⚠ ${wrong}</p>`}
  </section>`;
}

/**
 * @param {{ name: string, state: string, groups: [Lever[], string][], pull: (which: Pull) => void }} props
 */
function Row({ name, state, groups, pull }) {
  const id = `does-${name.replaceAll(/\W/g, '')}`;
  return html`<div class="lever" role="group" aria-label=${name}>
    <p class="name"><b>${name}</b> <span class="muted">${state}</span></p>
    ${groups.map(
      ([all, does], at) => html`<div key=${at} class="pulls">
        <span class="buttons">
          ${all.map(
            ({ label, pull: which, pressed, off = false }) => html`<button
              key=${label}
              type="button"
              class="pull"
              aria-pressed=${pressed}
              aria-disabled=${off}
              aria-describedby=${`${id}-${at}`}
              onClick=${() => off || pull(which)}
            >${label}</button>`,
          )}
        </span>
        <span class="does" id=${`${id}-${at}`}>${does}</span>
      </div>`,
    )}
  </div>`;
}
