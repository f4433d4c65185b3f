/** Sentences about presses on alerts: what they are about, and why they are refused. */
import { actorId } from '../actor.ts';
import type { Actor } from '../actor.ts';
import { refusesWrites } from '../answer.ts';
import type { Unread } from '../command.ts';
import type { Fault } from '../fault.ts';
import { notTold, refuse } from '../gates.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Refusal } from '../refusals.ts';
import type { AlertGroup } from './alert.ts';

/** Returns the name of an alert group in a sentence. */
export function nameOf(group: Pick<AlertGroup, 'titles' | 'titleCount' | 'service' | 'named'> | null): Line {
  if (group === null) return ['this alert'];
  const [title] = group.titles;
  const others = Math.max(group.titles.length, group.titleCount ?? 0) - 1;
  const more = others > 0 ? ` and ${others} more` : '';
  const service = group.service ?? group.named;
  const of: Line = service == null ? [] : line` of ${{ code: service }}`;
  return title === undefined ? line`the alert${of}` : line`alert ${{ bold: title }}${more}${of}`;
}

/** Says what is true of the group now. */
export function standingOf({ status, severity, since }: AlertGroup): Line {
  if (status === 'resolved') return ['It is resolved.'];
  return line`It has been firing (${severity}) since ${{ at: since }}.`;
}

/** Every refusal of a press, and the answer when the storage does not answer. */
export const refusedBecause = {
  forgotten: (): Refusal =>
    refuse(
      'stale-button',
      line`It is no longer stored; nothing was done.`,
      line`If it still fires, it comes back in a new message.`,
    ),
  notAllowed: (verb: string, operators: Line, actor: Actor): Refusal =>
    refuse(
      'not-allowed',
      line`${verb} needs the role operator or approver (or admin).`,
      line`Ask an operator (${operators}), or have ${{ code: actorId(actor) }} listed in the configuration.`,
    ),
  notAsked: (verb: string, unread: Unread | undefined): Refusal => notTold(line`who may ${verb}`, unread),
  resolved: ({ resolvedAt }: AlertGroup): Refusal => ({
    ...refuse(
      'nothing-to-do',
      resolvedAt === null
        ? line`It is already resolved.`
        : line`It was already resolved ${{ at: resolvedAt }}.`,
      line`There is nothing to do.`,
    ),
    now: [],
  }),
  crowded: (): Refusal =>
    refuse(
      'operation-in-progress',
      line`It is being changed by others right now; nothing was done.`,
      line`Try again in a moment.`,
    ),
  away: (fault: Fault): Refusal =>
    refuse(
      'storage-unavailable',
      line`${refusesWrites(fault)}; nothing was done and nothing will be done later.`,
      line`Try again in a moment.`,
    ),
  unclear: (): Refusal =>
    refuse(
      'storage-unavailable',
      line`Redis did not answer: this is not confirmed.`,
      line`A message will tell you the result; until then look at its card.`,
    ),
  failed: (): Refusal =>
    refuse(
      'storage-unavailable',
      line`Internal error; the bot’s log says more. Whether anything was done is not confirmed.`,
      line`Look at its message before you try again.`,
    ),
} as const;
