// @ts-check
/** One message as Slack shows it. */
import { html } from 'htm/preact';
import { Blocks } from './blocks.js';
import { ask, useKnown } from './connect.js';
import { clock } from './dates.js';
import { useMe, useNames } from './me.js';
import { Mrkdwn } from './rich.js';

/** @typedef {import('../api.ts').PageMessage} PageMessage */

/**
 * A reply of a thread, not its parent.
 * @param {PageMessage} message
 */
export function isReply({ ts, threadTs }) {
  return threadTs !== undefined && threadTs !== ts;
}

/**
 * When it was posted, ms.
 * @param {PageMessage} message
 */
export function postedAt({ ts }) {
  return Number(ts) * 1000;
}

/**
 * A square with initials; its color is the name's.
 * @param {{ name: string, bot?: boolean }} props
 */
export function Avatar({ name, bot = false }) {
  const hue = Array.from(name).reduce((sum, char) => sum + (char.codePointAt(0) ?? 0), 0) % 6;
  return html`<span class=${`avatar ${bot ? 'bot' : `hue-${hue}`}`} aria-hidden="true">${bot ? '⇄' : name.slice(0, 2).toUpperCase()}</span>`;
}

/**
 * @param {{
 *   message: PageMessage,
 *   close?: boolean,
 *   replies?: number,
 *   whispers?: number,
 *   inThread?: boolean,
 *   onThread?: (ts: string) => void,
 * }} props `close`: it follows a message of the same author, without a head of its own;
 *   `whispers`: replies that only this person sees
 */
export function Message({ message, close = false, replies = 0, whispers = 0, inThread = false, onThread }) {
  const { user, ts, text, blocks, onlyFor, edits, broadcast, channel } = message;
  const names = useNames();
  const me = useMe();
  const bot = useKnown('workspace')?.bot.id === user;
  const name = names.user(user);
  const at = postedAt(message);
  /** @type {import('../shapes.ts').Use} */
  const use = (element, option) =>
    ask('press', {
      person: me.id,
      channel,
      ts,
      action: element.action_id ?? '',
      ...(option === undefined ? {} : { option }),
    });
  const thread = () => onThread?.(message.threadTs ?? ts);
  const time = html`<time datetime=${new Date(at).toISOString()} title=${new Date(at).toLocaleString()}>${clock(at)}</time>`;
  const classes = ['message', ...(close ? ['close'] : []), ...(onlyFor === undefined ? [] : ['ephemeral'])];
  return html`<li class=${classes.join(' ')} data-ts=${ts} data-user=${name}>
    ${close ? html`<span class="gutter">${time}</span>` : html`<${Avatar} name=${name} bot=${bot} />`}
    <div class="content">
      ${onlyFor !== undefined && html`<p class="aside"><span aria-hidden="true">👁</span> Only visible to you</p>`}
      ${broadcast && !inThread && html`<p class="aside">replied to <button type="button" class="link" onClick=${thread}>a thread</button></p>`}
      ${!close && html`<p class="who"><strong>${name}</strong>${bot && html` <span class="badge">APP</span>`} ${time}</p>`}
      ${
        blocks.length > 0
          ? html`<${Blocks} of=${blocks} use=${use} />`
          : html`<div class="text"><${Mrkdwn} text=${text} />${edits > 0 && html` <span class="muted">(edited)</span>`}</div>`
      }
      ${
        replies + whispers > 0 &&
        html`<button type="button" class="link replies" onClick=${thread}>
          ${replies} ${replies === 1 ? 'reply' : 'replies'}${whispers > 0 && html`<span class="muted"> and ${whispers} only for you</span>`}
        </button>`
      }
    </div>
  </li>`;
}
