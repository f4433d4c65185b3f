import { alertVerbs } from '../release/verbs/index.ts';
import type { AlertCommand, Verb } from '../release/verbs/index.ts';

/**
 * What a press of each button or menu does, by action id: a verb, or `form` (see `listen-forms.ts`), or `page`. A
 * button that is not here cannot be drawn.
 */
export const actions = {
  'release.promote': 'promote',
  'release.cancel': 'cancel',
  'release.approve': 'approve',
  'release.reject': 'reject',
  'release.revert': 'revert',
  'release.retry': 'retry',
  'release.adopt': 'adopt',
  'lock.extend': 'extend',
  'lock.unlock': 'unlock',
  'alert.acknowledge': 'acknowledge',
  'alert.close': 'close',
  'alert.silence': 'silence',
  'alert.hold': 'form',
  'alert.resume': 'resume',
  'release.force': 'form',
  'status.page': 'page',
} as const satisfies Readonly<Record<string, Verb | AlertCommand['verb'] | 'form' | 'page'>>;

/** The action id of a button or menu. */
export type ActionId = keyof typeof actions;

/** The action id of a button or menu about an alert. */
export type AlertAction = {
  [A in ActionId]: (typeof actions)[A] extends AlertCommand['verb'] ? A : never;
}[ActionId];

/** True for the id of a button of this version of the bot; Slack may send others. */
export function isAction(id: string): id is ActionId {
  return Object.hasOwn(actions, id);
}

/** True for a button or menu about an alert. */
export function isAlertAction(id: ActionId): id is AlertAction {
  return Object.hasOwn(alertVerbs, actions[id]);
}

/** The action id of a button that opens a form. */
export type FormAction = {
  [A in ActionId]: (typeof actions)[A] extends 'form' ? A : never;
}[ActionId];
