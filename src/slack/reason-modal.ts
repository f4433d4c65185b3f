import { z } from 'zod';
import { longestReason } from '../text/reason.ts';
import type { Verb } from '../release/verbs/index.ts';
import type { FormAction } from './actions.ts';
import { valueSchema } from './payloads.ts';
import { label } from './cards/mrkdwn.ts';

/** The block and action id of the only input of a form. */
export const reasonInput = 'reason';

/** What a modal carries: the button's value, and where the button stood. */
export const carriedSchema = valueSchema.extend({
  channel: z.string().nullable(),
  /** Null: the button stood on an ephemeral message. */
  ts: z.string().nullable(),
  thread: z.string().nullable(),
  /** The `response_url` of an ephemeral message: the answer replaces that message and its button. */
  answers: z.string().optional(),
});
/** The checked content of the modal's metadata. */
export type Carried = z.infer<typeof carriedSchema>;

/** A button that opens a modal, which asks for a reason. */
interface ReasonForm {
  /** The command that the submitted modal gives, and its field for the reason. */
  verb: Verb;
  field: string;
  title: string;
  submit: string;
  /** What the command does. */
  effect(carried: Carried): string;
  question: string;
  /** How to type the command instead, after the name of the service. */
  typed: string;
}

/** The forms, by the action id of their button, which is the `callback_id` of the modal too. */
export const reasonForms = {
  'release.force': {
    verb: 'revert',
    field: 'force',
    title: 'Force the revert',
    submit: 'Force revert',
    effect: ({ s, w }) =>
      `100 % of the traffic of ${label(s, 63)} goes back although ${label(w ?? 'the color to go back to did not answer well', 200)}. Nothing is checked or verified.`,
    question: 'Why must it go back anyway?',
    typed: '--force <reason>',
  },
  'alert.hold': {
    verb: 'hold',
    field: 'reason',
    title: 'Hold the revert',
    submit: 'Hold for 10 min',
    effect: ({ s }) =>
      `Switchback does not revert ${label(s, 63)} by itself for 10 min. Then it counts down again if the cause is still there. You can still revert at any time.`,
    question: 'Why must it wait?',
    typed: '<reason>',
  },
} as const satisfies Readonly<Record<FormAction, ReasonForm>>;

/** True for the action id of a button that opens a form. */
export function isForm(id: string): id is FormAction {
  return Object.hasOwn(reasonForms, id);
}

/** Draws the modal that a button opens. */
export function drawReasonModal(form: FormAction, carried: Carried) {
  const { title, submit, effect, question } = reasonForms[form];
  return {
    type: 'modal' as const,
    callback_id: form,
    private_metadata: JSON.stringify(carried),
    title: { type: 'plain_text' as const, text: title },
    submit: { type: 'plain_text' as const, text: submit },
    close: { type: 'plain_text' as const, text: 'Not now' },
    blocks: [
      {
        type: 'section' as const,
        text: { type: 'plain_text' as const, text: effect(carried), emoji: false },
      },
      {
        type: 'input' as const,
        block_id: reasonInput,
        label: { type: 'plain_text' as const, text: question },
        element: {
          type: 'plain_text_input' as const,
          action_id: reasonInput,
          multiline: false,
          min_length: 1,
          max_length: longestReason,
        },
      },
    ],
  };
}
