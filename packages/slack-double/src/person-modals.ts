import type { Ack, Courier } from './send-to-bot.ts';
import { actionOf, controlsOf, pickControl } from './controls.ts';
import type { Control } from './controls.ts';
import type { Desk } from './state.ts';
import { note } from './state.ts';
import type { JsonObject } from './json.ts';
import { isObject, objectAt, objectsAt, textAt } from './json.ts';
import { viewRefusal } from './methods/modals.ts';
import { closedPayload, modalPressPayload, submissionPayload } from './payloads.ts';
import { wordsOf } from './text.ts';
import type { View } from './views.ts';
import type { User } from './directory.ts';

/** The outcome of a submitted modal. */
export interface Submission {
  /** False when Slack itself found a field empty or too long. */
  delivered: boolean;
  /** Errors by block id: Slack's own, or those of the bot. */
  errors: Record<string, string>;
  closed: boolean;
  error?: string;
}

/** A person's actions with modals. */
export interface Modals {
  /** The top modal; undefined when none is open. */
  view(): View | undefined;
  /** Fills in and submits a modal: block id, action id, text or option. */
  submits(view: View, values: Record<string, Record<string, string>>): Promise<Submission>;
  /** Closes a modal; the bot gets an event when the modal asks for that. */
  closes(view: View): Promise<Ack | undefined>;
  /** Presses a button inside a modal. */
  pressesIn(view: View, actionId: string, how?: { option?: string }): Promise<Ack>;
}

function fill(control: Control, given: string | undefined): JsonObject {
  const { type, element } = control;
  if (objectsAt(element, 'options').length > 0) {
    const option =
      given === undefined
        ? (objectAt(element, 'initial_option') ?? null)
        : actionOf(control, { option: given })['selected_option'];
    return { type, selected_option: option ?? null };
  }
  return { type, value: given ?? textAt(element, 'initial_value') ?? null };
}

function complaint(block: JsonObject, control: Control, filled: JsonObject): string | undefined {
  const value = filled['value'] ?? filled['selected_option'] ?? '';
  if (value === '')
    return block['optional'] === true || block['type'] !== 'input'
      ? undefined
      : 'Please complete this required field.';
  const { min_length: least, max_length: most } = control.element;
  if (typeof value !== 'string') return undefined;
  if (typeof least === 'number' && value.length < least) return `Please enter at least ${least} characters.`;
  return typeof most === 'number' && value.length > most
    ? `Please enter at most ${most} characters.`
    : undefined;
}

/** Makes a person's actions with modals. */
export function makeModals(desk: Desk, courier: Courier, user: User): Modals {
  const still = (view: View): View => {
    const open = desk.views.find(view.id);
    if (!open || open.user !== user.id) throw new Error(`${user.name} has no such modal open`);
    return open;
  };

  function follow(view: View, ack: Ack): Submission {
    if (ack.error) return { delivered: true, errors: {}, closed: false, error: ack.error };
    const body = isObject(ack.body) ? ack.body : {};
    const action = textAt(body, 'response_action');
    const errors = (objectAt(body, 'errors') ?? {}) as Record<string, string>;
    if (action === 'errors') return { delivered: true, errors, closed: false };
    if (action === 'update' || action === 'push') {
      const next = objectAt(body, 'view');
      const refusal = viewRefusal(next);
      if (refusal)
        note(desk, {
          kind: 'refused',
          where: 'acknowledgement',
          error: 'invalid_arguments',
          messages: (refusal['errors'] ?? []) as string[],
          args: body,
        });
      else if (next && action === 'update') desk.views.change(view, next);
      else if (next) desk.views.open(user.id, next, view);
      return {
        delivered: true,
        errors: {},
        closed: false,
        ...(refusal ? { error: 'invalid_arguments' } : {}),
      };
    }
    if (action === 'clear') desk.views.closeAll(user.id);
    else desk.views.close(view);
    return { delivered: true, errors: {}, closed: true };
  }

  return {
    view: () => desk.views.ofPerson(user.id).at(-1),
    async submits(given, values) {
      const view = still(given);
      const blocks = objectsAt(view.wire, 'blocks');
      const filled: Record<string, JsonObject> = {};
      const errors: Record<string, string> = {};
      for (const [blockId, actions] of Object.entries(values))
        for (const actionId of Object.keys(actions)) pickControl(blocks, actionId, { blockId });
      for (const control of controlsOf(blocks)) {
        const block = blocks.find((one) => one['block_id'] === control.blockId) ?? {};
        if (control.type === 'button') continue;
        const state = fill(control, values[control.blockId]?.[control.actionId]);
        const wrong = complaint(block, control, state);
        if (wrong) errors[control.blockId] = wrong;
        filled[control.blockId] = { ...filled[control.blockId], [control.actionId]: state };
      }
      if (!view.wire['submit'])
        throw new Error(`The modal "${wordsOf(view.wire, 'title')}" has no submit button`);
      if (Object.keys(errors).length > 0) return { delivered: false, errors, closed: false };
      const submission = follow(
        view,
        await courier.deliver('interactive', submissionPayload(desk, user, view, filled)),
      );
      desk.changed();
      return submission;
    },
    async closes(given) {
      const view = still(given);
      desk.views.close(view);
      return view.wire['notify_on_close'] === true
        ? courier.deliver('interactive', closedPayload(desk, user, view))
        : undefined;
    },
    pressesIn(given, actionId, how = {}) {
      const view = still(given);
      const action = actionOf(pickControl(objectsAt(view.wire, 'blocks'), actionId), how);
      return courier.deliver('interactive', modalPressPayload(desk, user, view, action));
    },
  };
}
