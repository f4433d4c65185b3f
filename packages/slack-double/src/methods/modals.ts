import { no, yes } from '../state.ts';
import type { JsonObject } from '../json.ts';
import { objectAt, textAt } from '../json.ts';
import { viewProblems } from '../limits.ts';
import type { View } from '../views.ts';
import type { Method } from './method.ts';

/** The refusal of a modal that breaks a rule, or undefined. */
export function viewRefusal(view: JsonObject | undefined): JsonObject | undefined {
  if (!view) return no('invalid_arguments', ['missing required field: view']);
  const messages = viewProblems(view).map(({ at, says }) => `${says} [json-pointer:/view${at}]`);
  return messages.length > 0 ? no('invalid_arguments', messages) : undefined;
}

const shown = (view: View): JsonObject => yes({ view: structuredClone(view.wire) });

/** `views.open`: checks the view first, so that an error in it does not use up the trigger. */
export const viewsOpen: Method = (desk, args) => {
  const view = objectAt(args, 'view');
  const refusal = viewRefusal(view);
  if (refusal || !view) return refusal ?? no('invalid_arguments');
  const trigger = textAt(args, 'trigger_id');
  if (trigger === undefined) return no('invalid_arguments', ['missing required field: trigger_id']);
  const spent = desk.triggers.spend(trigger);
  if ('refusal' in spent) return no(spent.refusal);
  return shown(desk.views.open(spent.user, view));
};

/** `views.update`: by id or external id; a stale `hash` changes nothing. */
export const viewsUpdate: Method = (desk, args) => {
  const view = objectAt(args, 'view');
  const refusal = viewRefusal(view);
  if (refusal || !view) return refusal ?? no('invalid_arguments');
  const open = desk.views.find(textAt(args, 'view_id') ?? textAt(args, 'external_id') ?? '');
  if (!open) return no('not_found');
  const hash = textAt(args, 'hash');
  if (hash !== undefined && hash !== open.wire['hash']) return no('hash_conflict');
  desk.views.change(open, view);
  return shown(open);
};
