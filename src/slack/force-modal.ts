import { z } from 'zod';
import { longestReason } from '../text/reason.ts';
import { valueSchema } from './payloads.ts';
import { label } from './cards/mrkdwn.ts';

/** The id of the modal that asks for the reason of a forced revert. */
export const forceModal = 'release.force';
/** The block and action id of its only input. */
export const reasonInput = 'reason';

/** What the modal carries: the button's value, and where the button stood. */
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

/** Draws the modal behind *Force…*. */
export function drawForceModal(carried: Carried) {
  return {
    type: 'modal' as const,
    callback_id: forceModal,
    private_metadata: JSON.stringify(carried),
    title: { type: 'plain_text' as const, text: 'Force the revert' },
    submit: { type: 'plain_text' as const, text: 'Force revert' },
    close: { type: 'plain_text' as const, text: 'Not now' },
    blocks: [
      {
        type: 'section' as const,
        text: {
          type: 'plain_text' as const,
          text: `100 % of the traffic of ${label(carried.s, 63)} goes back although ${label(carried.w ?? 'the color to go back to did not answer well', 200)}. Nothing is checked or verified.`,
          emoji: false,
        },
      },
      {
        type: 'input' as const,
        block_id: reasonInput,
        label: { type: 'plain_text' as const, text: 'Why must it go back anyway?' },
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
