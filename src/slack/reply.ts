import { refusesWrites } from '../release/answer.ts';
import type { Answer } from '../release/command.ts';
import { Fault } from '../release/fault.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Refusal, RefusalCode } from '../release/refusals.ts';
import type { ActionId } from './actions.ts';
import { label, mrkdwn, plainText } from './cards/mrkdwn.ts';
import { refusalLine } from '../text/refusal-line.ts';
import { fitting, sections } from './cards/sections.ts';

/** A button under an answer. `value` is at most 2,000 characters. */
export interface ReplyButton {
  action: ActionId;
  label: string;
  value: string;
  style?: 'danger';
}

/** The answer to one person: lines of which the first begins with the verb or with the refusal's code. */
export interface Reply {
  lines: Line[];
  buttons?: ReplyButton[];
  /** The refusal's code, if it is a refusal: for metrics. */
  code?: RefusalCode;
  /** True for an answer of `submit`, which counts its own refusals. */
  submitted?: boolean;
  /** True when the submitter reports the outcome itself. */
  toldLater?: boolean;
}

/** A message as Slack takes it, in an acknowledgement, a post or a `response_url`. */
export interface SlackMessage {
  text: string;
  blocks: Record<string, unknown>[];
}

/** Most characters of the text in a button's modal. */
export const mostNote = 200;

function forced({ force }: Refusal): Pick<Reply, 'buttons'> {
  return force ? { buttons: [forceButton(force)] } : {};
}

/** The reply to a refused command. */
export function refusalReply(refusal: Refusal): Reply {
  return { lines: [refusalLine(refusal)], code: refusal.code, ...forced(refusal) };
}

/** The reply to a changing command. `press`: the reply to a repeated press says that it is a repeat. */
export function answerReply(answer: Answer, press = false): Reply {
  const again: Line =
    answer.repeated === true && press ? [' Slack sent this press again; nothing was done twice.'] : [];
  if (answer.ok) return { lines: [[...answer.text, ...again]], submitted: true };
  const { refusal } = answer;
  return {
    lines: [[...refusalLine(refusal), ...again]],
    code: refusal.code,
    submitted: true,
    ...forced(refusal),
    ...(answer.toldLater && { toldLater: true }),
  };
}

/** The button on a refused revert; it opens a modal that asks for the reason. */
export function forceButton(about: NonNullable<Refusal['force']>): ReplyButton {
  const { service, release, epoch, note } = about;
  const value = JSON.stringify({ s: service, r: release, e: epoch, w: note && label(note, mostNote) });
  return { action: 'release.force', label: 'Force…', value, style: 'danger' };
}

function isStorageAway(cause: unknown): cause is Fault {
  return cause instanceof Fault && cause.code === 'storage-unavailable' && !cause.unclear;
}

/** The reply to a thrown error: of a read (nothing was to be done), or of a fault of the bot itself. */
export function failureReply(cause: unknown): Reply {
  const away = isStorageAway(cause);
  return refusalReply({
    code: 'storage-unavailable',
    why: away
      ? line`${refusesWrites(cause)}, so nothing was done.`
      : line`Internal error; this is not confirmed.`,
    next: away ? line`Try again in a moment.` : line`Look at the card or at status before you try again.`,
  });
}

/** The reply to a slow read: there is nothing to confirm. */
export function slowRead(verb: string): Reply {
  if (verb === 'compare')
    return { lines: [line`compare: both colors are asked now; the answer follows within 10 s.`] };
  return { lines: [line`${verb}: this takes longer than usual; the answer follows.`] };
}

/** The reply to a slow change: not confirmed. */
export function unconfirmed(): Reply {
  return refusalReply({
    code: 'storage-unavailable',
    why: line`There was no answer in time; this is not confirmed.`,
    next: line`A message will tell you the result.`,
  });
}

/** Renders lines, without those in which nothing is visible. */
function rendered(lines: readonly Line[], render: (one: Line) => string): string[] {
  return lines.map(render).filter((text) => text.trim() !== '');
}

const drawn = new WeakMap<Reply, SlackMessage>();

/** Replaces mentions by ids: a public answer notifies nobody. */
function unmentioning(one: Line): Line {
  return one.map((part) => {
    if (typeof part === 'string') return part;
    if ('user' in part) return { code: part.user };
    return 'group' in part ? { code: part.group } : part;
  });
}

/**
 * Draws a reply: sections of lines, then its buttons. Lines that do not fit are left out, and the message says so. A
 * frozen reply is drawn once and given to many. `open`: others see it too, so that it mentions nobody.
 */
export function drawReply(reply: Reply, { open = false } = {}): SlackMessage {
  if (open) return draw({ ...reply, lines: reply.lines.map(unmentioning) });
  const known = drawn.get(reply);
  if (known !== undefined) return known;
  const message = draw(reply);
  if (Object.isFrozen(reply)) drawn.set(reply, message);
  return message;
}

function draw(reply: Reply): SlackMessage {
  const blocks = sections(fitting(rendered(reply.lines, (one) => mrkdwn(one))));
  if (reply.buttons !== undefined && reply.buttons.length > 0) {
    blocks.push({
      type: 'actions',
      elements: reply.buttons.map((button) => ({
        type: 'button',
        action_id: button.action,
        text: { type: 'plain_text', text: button.label, emoji: false },
        value: button.value,
        ...(button.style === undefined ? {} : { style: button.style }),
      })),
    });
  }
  return { text: fitting(rendered(reply.lines, (one) => plainText(one))).join('\n'), blocks };
}
