import { refusesWrites } from '../release/answer.ts';
import type { Answer } from '../release/command.ts';
import { Fault } from '../release/fault.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Refusal, RefusalCode } from '../release/refusals.ts';
import { mrkdwn, plainText } from './cards/mrkdwn.ts';
import { refusalLine } from './cards/refusal-text.ts';
import { fitting, sections } from './cards/sections.ts';

/** A button under an answer. `value` is at most 2,000 characters. */
export interface ReplyButton {
  action: string;
  label: string;
  value: string;
  style?: 'danger';
}

/** What one person is told: lines of which the first begins with the verb or with the refusal's code. */
export interface Reply {
  lines: Line[];
  buttons?: ReplyButton[];
  /** The refusal's code, when it is one: for metrics. */
  code?: RefusalCode;
  /** True for an answer of `submit`, which counts its refusals itself. */
  submitted?: boolean;
  /** Whoever submitted it tells what became of it. */
  toldLater?: boolean;
}

/** A reply as Slack takes it, in an acknowledgement, a post or a `response_url`. */
export interface SlackMessage {
  text: string;
  blocks: Record<string, unknown>[];
}

/** The reply to a refused command. */
export function refusalReply(refusal: Refusal): Reply {
  return { lines: [refusalLine(refusal)], code: refusal.code };
}

/** The reply to a changing command. `press`: a repeated press says that it is one. */
export function answerReply(answer: Answer, press = false): Reply {
  const again: Line =
    answer.repeated === true && press ? [' This press came again; nothing was done twice.'] : [];
  if (answer.ok) return { lines: [[...answer.text, ...again]], submitted: true };
  const { refusal } = answer;
  return {
    lines: [[...refusalLine(refusal), ...again]],
    code: refusal.code,
    submitted: true,
    ...(answer.toldLater && { toldLater: true }),
  };
}

/** The button on a refused revert: opens a modal that asks for the reason. */
export function forceButton(about: { service: string; release: string | null; epoch: number }): ReplyButton {
  const value = JSON.stringify({ s: about.service, r: about.release, e: about.epoch });
  return { action: 'release.force', label: 'Force…', value, style: 'danger' };
}

function isStorageAway(cause: unknown): cause is Fault {
  return cause instanceof Fault && cause.code === 'storage-unavailable' && !cause.unclear;
}

/** What is said when something was thrown: by a read (nothing was to be done), or by a fault of the bot itself. */
export function failureReply(cause: unknown): Reply {
  const away = isStorageAway(cause);
  return refusalReply({
    code: 'storage-unavailable',
    why: away
      ? line`${refusesWrites(cause)}, so nothing was done.`
      : line`Something went wrong inside; this is not confirmed.`,
    next: away ? line`Try again in a moment.` : line`Look at the card or at status before you try again.`,
  });
}

/** A read that takes too long: nothing was to be done, so that there is nothing to confirm. */
export function slowRead(verb: string): Reply {
  return { lines: [line`${verb}: this takes longer than usual; the answer follows.`] };
}

/** A change that takes too long. */
export function unconfirmed(): Reply {
  return refusalReply({
    code: 'storage-unavailable',
    why: line`There was no answer in time; this is not confirmed.`,
    next: line`You will be told what became of it.`,
  });
}

/** Lines by a rendering; those in which nothing is visible are left out. */
function rendered(lines: readonly Line[], render: (one: Line) => string): string[] {
  return lines.map(render).filter((text) => text.trim() !== '');
}

const drawn = new WeakMap<Reply, SlackMessage>();

/** Who would be mentioned is named by id: an answer that all can see is for the one who asked. */
function unmentioning(one: Line): Line {
  return one.map((part) => {
    if (typeof part === 'string') return part;
    if ('user' in part) return { code: part.user };
    return 'group' in part ? { code: part.group } : part;
  });
}

/**
 * Draws a reply: sections of lines, then its buttons. What one message does not take is left out, and that is said. A
 * frozen reply is one that many are given; it is drawn once. `open`: others see it too, so that it must mention nobody.
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
