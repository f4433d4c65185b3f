import type { JsonObject } from './json.ts';
import { objectAt, objectsAt, textAt } from './json.ts';
import { wordsOf } from './text.ts';

/** The dialog that Slack shows before a press is sent. */
export interface Confirm {
  title: string;
  text: string;
  confirm: string;
  deny: string;
  style: string | undefined;
}

/** A control on a message or in a modal. */
export interface Control {
  type: string;
  actionId: string;
  blockId: string;
  /** The text on the control. */
  label: string;
  value: string | undefined;
  style: string | undefined;
  url: string | undefined;
  confirm: Confirm | undefined;
  options: { label: string; value: string }[];
  element: JsonObject;
}

function confirmOf(element: JsonObject): Confirm | undefined {
  const dialog = objectAt(element, 'confirm');
  if (!dialog) return undefined;
  const words = (key: string) => wordsOf(dialog, key) ?? '';
  return {
    title: words('title'),
    text: words('text'),
    confirm: words('confirm'),
    deny: words('deny'),
    style: textAt(dialog, 'style'),
  };
}

function controlOf(element: JsonObject, block: JsonObject): Control | undefined {
  const actionId = textAt(element, 'action_id');
  if (actionId === undefined) return undefined;
  return {
    type: textAt(element, 'type') ?? '',
    actionId,
    blockId: textAt(block, 'block_id') ?? '',
    label: wordsOf(element, 'text') ?? wordsOf(element, 'placeholder') ?? '',
    value: textAt(element, 'value'),
    style: textAt(element, 'style'),
    url: textAt(element, 'url'),
    confirm: confirmOf(element),
    options: objectsAt(element, 'options').map((option) => ({
      label: wordsOf(option, 'text') ?? '',
      value: textAt(option, 'value') ?? '',
    })),
    element,
  };
}

/** All controls in the blocks, in reading order. */
export function controlsOf(blocks: JsonObject[] | undefined): Control[] {
  return (blocks ?? []).flatMap((block) => {
    const single = [objectAt(block, 'accessory'), objectAt(block, 'element')].filter(
      (one) => one !== undefined,
    );
    const elements = [...objectsAt(block, 'elements'), ...single];
    return elements.flatMap((element) => controlOf(element, block) ?? []);
  });
}

/** Finds one control; throws with the list of those that exist, so that a failing test explains itself. */
export function pickControl(
  blocks: JsonObject[] | undefined,
  actionId: string,
  only: { blockId?: string } = {},
): Control {
  const all = controlsOf(blocks);
  const found = all.find((one) => one.actionId === actionId && (only.blockId ?? one.blockId) === one.blockId);
  if (!found)
    throw new Error(
      `There is no "${actionId}" on this message; it has: ${all.map((one) => one.actionId).join(', ') || 'nothing to press'}`,
    );
  return found;
}

/** The element's part of a payload after a press; with the choice, for a menu. */
export function actionOf(control: Control, choice: { value?: string; option?: string }): JsonObject {
  const { element, blockId, actionId, type } = control;
  const base: JsonObject = { action_id: actionId, block_id: blockId, type };
  const confirm = objectAt(element, 'confirm');
  if (confirm) base['confirm'] = confirm;
  if (type === 'button') {
    const value = choice.value ?? control.value;
    const optional = {
      ...(value === undefined ? {} : { value }),
      ...(control.style === undefined ? {} : { style: control.style }),
      ...(control.url === undefined ? {} : { url: control.url }),
    };
    return { ...base, text: element['text'] ?? null, ...optional };
  }
  const wanted = choice.option ?? '';
  const option = objectsAt(element, 'options').find(
    (one) => textAt(one, 'value') === wanted || wordsOf(one, 'text') === wanted,
  );
  if (!option)
    throw new Error(
      `"${actionId}" offers ${control.options.map(({ label }) => `"${label}"`).join(', ')}, not "${wanted}"`,
    );
  return { ...base, selected_option: option };
}
