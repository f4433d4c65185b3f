import type { Game } from './prompt-context.ts';
import { controlsOf } from '../../slack-double/src/index.ts';
import type { JsonObject } from '../../slack-double/src/index.ts';

/** Fills `text` into the first text field of the modal, once it is open, and submits it. Returns the outcome. */
export async function submitModal(text: string, { town, who, buttonMs }: Game): Promise<string> {
  const { workspace } = town;
  const person = workspace.person(who);
  const view = await workspace.until(() => person.view(), { withinMs: buttonMs }).catch(() => undefined);
  if (!view) throw new Error(`${who} has no modal open.`);
  const field = controlsOf(view.wire['blocks'] as JsonObject[]).find(
    ({ type }) => type === 'plain_text_input',
  );
  const values = field && { [field.blockId]: { [field.actionId]: text } };
  const { errors, closed, error } = await person.submits(view, values ?? {});
  if (error !== undefined) return `Slack shows: ${error}`;
  const complaints = Object.values(errors);
  if (complaints.length > 0) return `Slack shows below the field: ${complaints.join(' ')}`;
  return closed ? 'Sent.' : 'Sent; the modal stays open.';
}
