// @ts-check
/** The service's record, as the bot has it: the parts that matter in words, and all of it as JSON. */
import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { useKnown } from './connect.js';
import { clock } from './dates.js';
import { useNames } from './me.js';

/**
 * @typedef {import('../../../../../src/release/release.ts').ServiceRecord} ServiceRecord
 * @typedef {import('../../../../../src/release/actor.ts').Actor} Actor
 */

/** The stored record; undefined before the first event. @returns {ServiceRecord | undefined} */
export function useRecord() {
  const told = useKnown('record');
  return /** @type {ServiceRecord | undefined} */ (/** @type {unknown} */ (told?.record ?? undefined));
}

/** Redraws every half second while `on`, for countdowns. @param {boolean} on */
export function useTick(on) {
  const [, set] = useState(0);
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => set((count) => count + 1), 500);
    return () => clearInterval(timer);
  }, [on]);
}

/** @param {number} at ms */
export function left(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  return seconds > 0 ? `${seconds} s left` : 'over';
}

/** @param {ServiceRecord['live']} color @param {ServiceRecord} record */
function colorWords(color, record) {
  const emblem = color === 'blue' ? '🔵' : '🟢';
  const { version } = record.colors[color];
  return html`<span aria-hidden="true">${emblem}</span> ${color}${version !== null && html` <code>${version}</code>`}`;
}

/** The role of the version on the color without traffic. */
const otherWords = {
  live: '',
  previous: ', can be reverted to',
  staged: ', staged',
  reverted: ', reverted',
  failed: ', failed',
  unknown: ', nothing staged',
};

export function Record() {
  const record = useRecord();
  const told = useKnown('record');
  const names = useNames();
  useTick(record?.bake != null);
  const who = (/** @type {Actor} */ actor) =>
    actor.kind === 'slack'
      ? `@${names.user(actor.user)}`
      : actor.kind === 'cli'
        ? `cli:${actor.name}`
        : `Switchback (${actor.rule})`;
  /** @type {(record: ServiceRecord) => [string, unknown][]} */
  const rows = ({ live, colors, op, lock, bake, drift, request, state }) => {
    const other = live === 'blue' ? 'green' : 'blue';
    const given = record ?? /** @type {never} */ (undefined);
    return [
      ['Release', state === 'idle' ? 'none under way' : html`<b class=${`state ${state}`}>${state}</b>`],
      ['Live', colorWords(live, given)],
      [
        colors[other].role === 'previous' ? 'Previous' : 'Other',
        html`${colorWords(other, given)}${otherWords[colors[other].role]}`,
      ],
      ['Operation', op ? `${op.kind}, at ${op.step}` : 'none'],
      ['Approval', request ? `${request.status}, ${request.approvals.length} of ${request.needed}` : 'none'],
      [
        'Bake',
        bake
          ? `${bake.verdict === 'healthy' ? '' : '⚠ '}${bake.verdict}, until ${clock(bake.until, { seconds: true })} (${left(bake.until)})`
          : 'none',
      ],
      ['Lock', lock ? `🔒 by ${who(lock.holder)}: ${lock.reason}` : 'none'],
      ...(drift ? [/** @type {[string, unknown]} */ (['Drift', `⚠ the router says ${drift.saw}`])] : []),
    ];
  };
  return html`<section class="panel record" aria-labelledby="record-name">
    <header>
      <h2 id="record-name">Record <span class="muted">what the bot knows</span></h2>
    </header>
    ${
      record === undefined
        ? html`<p class="muted">Nothing yet.</p>`
        : html`<dl>
            ${rows(record).map(([name, value]) => html`<div key=${name} class=${value === 'none' ? 'muted' : ''}><dt>${name}</dt><dd>${value}</dd></div>`)}
          </dl>`
    }
    <details>
      <summary>The whole record, as JSON</summary>
      <pre tabindex="0">${JSON.stringify(told, null, 2)}</pre>
    </details>
  </section>`;
}
