import { controlsOf } from './workspace/index.ts';
import type { JsonObject, Person } from './workspace/index.ts';

/** Fills `text` into the first text field of the open modal and sends it. Answers with what became of it, in words. */
export async function submitModal(person: Person, text: string): Promise<string> {
  const view = person.view();
  if (!view) throw new Error(`${person.name} has no modal open.`);
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
