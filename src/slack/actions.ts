/** Every button and menu that the bot draws, by action id. No other can be drawn. See `listen-presses.ts`. */
export const actions = {
  'release.promote': 'verb',
  'release.cancel': 'verb',
  'release.approve': 'verb',
  'release.reject': 'verb',
  'release.revert': 'verb',
  'release.retry': 'verb',
  'release.adopt': 'verb',
  'lock.extend': 'verb',
  'lock.unlock': 'verb',
  'alert.acknowledge': 'alert',
  'alert.close': 'alert',
  'alert.silence': 'alert',
  /** Opens a form first; see `listen-force.ts`. */
  'release.force': 'form',
  'status.page': 'page',
} as const;

/** The action id of a button or menu. */
export type ActionId = keyof typeof actions;

/** True for the id of a button of this version of the bot; Slack may send others. */
export function isAction(id: string): id is ActionId {
  return Object.hasOwn(actions, id);
}

/** The action ids of one kind. */
export type ActionsOf<K> = { [A in ActionId]: (typeof actions)[A] extends K ? A : never }[ActionId];
