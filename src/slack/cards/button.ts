import type { ActionId } from '../actions.ts';
import { label } from './mrkdwn.ts';

/** What a button is about. It names the subject and decides nothing. */
export interface About {
  service: string;
  release: string | null;
  epoch: number;
  /** The open request, for the buttons that answer or close it; the stuck operation, for its Retry. */
  subject?: string;
  /** Text for the modal that the button opens. */
  note?: string | undefined;
}

/**
 * A dialog shown before the press is sent, with the effect in it. Slack's limits: title 100 characters, text 300,
 * labels 30.
 */
export interface Confirm {
  title: string;
  text: string;
  yes: string;
  danger?: boolean;
}

/** Builds a button element. */
export function button(
  id: ActionId,
  text: string,
  about: About,
  options: { style?: 'primary' | 'danger'; confirm?: Confirm } = {},
): Record<string, unknown> {
  const { style, confirm } = options;
  return {
    type: 'button',
    action_id: id,
    text: { type: 'plain_text', text: label(text, 75), emoji: false },
    value: JSON.stringify({
      s: about.service,
      r: about.release,
      q: about.subject,
      e: about.epoch,
      w: about.note,
    }),
    accessibility_label: label(`${text} (${about.service})`, 75),
    ...(style && { style }),
    ...(confirm && { confirm: confirmOf(confirm) }),
  };
}

/** Builds the confirm dialog as Slack takes it. */
export function confirmOf({ title, text, yes, danger }: Confirm): Record<string, unknown> {
  return {
    title: { type: 'plain_text', text: label(title, 100), emoji: false },
    text: { type: 'plain_text', text: label(text, 300), emoji: false },
    confirm: { type: 'plain_text', text: label(yes, 30), emoji: false },
    deny: { type: 'plain_text', text: 'Not now', emoji: false },
    style: danger === true ? 'danger' : 'primary',
  };
}
