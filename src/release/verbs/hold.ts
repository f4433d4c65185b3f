import { autoRevertIn } from '../auto-revert/countdown.ts';
import { countdownOf, mayHold } from '../auto-revert/rule.ts';
import { holdMs, mostHolds } from '../auto-revert/state.ts';
import type { Countdown } from '../auto-revert/state.ts';
import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { addHistory, draftOf, markCard, mention, notify } from '../draft.ts';
import { formatDuration } from '../duration.ts';
import { refuse } from '../gates.ts';
import type { Facts } from '../gates.ts';
import { fromNow } from '../instant.ts';
import { line, typed } from '../line.ts';
import type { Refusal } from '../refusals.ts';
import type { Definition } from './verb.ts';

/** Holds the countdown to an automatic revert. */
export interface HoldCommand extends BaseCommand<'hold'> {
  reason?: string;
}

/** `hold <service> [reason]`. */
export const hold: Definition<HoldCommand, 'reason'> = {
  name: 'hold',
  usage: 'hold <service> [reason]',
  summary: `Stop an automatic revert for ${formatDuration(holdMs)}.`,
  examples: ['hold checkout the load test causes it'],
  roles: ['operator'],
  argument: { field: 'reason', kind: 'reason' },
  options: {},
  forgiving: true,
  unconfigured: true,
  acts: () => true,
  gates,
  change,
};

/** Refuses a hold too many: a cause that stays for so long needs a decision. */
function gates({ record, now }: Facts): (Refusal | undefined)[] {
  if (mayHold(record) || runningHold(countdownOf(record), now)) return [];
  const { service } = record;
  return [
    refuse(
      'hold-limit',
      line`The automatic revert of ${service} was held ${mostHolds} times already.`,
      record.state === 'baking'
        ? line`Remove the cause, let it revert, or end the bake with ${typed(`settle ${service}`)}.`
        : line`Remove the cause, or let it revert. Silence the alert if it is wrong.`,
    ),
  ];
}

/** Returns the hold unless its time is over; then the watch has not seen that yet. */
function runningHold(countdown: Countdown | null | undefined, now: number): Countdown['hold'] {
  return countdown?.hold && countdown.hold.until > now ? countdown.hold : undefined;
}

/** Decides `hold <service> [reason]`. A second one only changes the reason. */
function change({ record: before, now }: Facts, { actor, reason }: HoldCommand): Decision {
  const draft = draftOf(before);
  const own = autoRevertIn(draft);
  const { service } = before;
  const earlier = runningHold(own.countdown, now);
  const held = { actor, at: fromNow(), until: fromNow(holdMs), ...(reason !== undefined && { reason }) };
  if (own.countdown) own.countdown.hold = earlier ? { ...held, at: earlier.at, until: earlier.until } : held;
  if (earlier === undefined) own.holds += 1;
  const until = own.countdown?.hold?.until ?? held.until;
  const why = reason === undefined ? '' : `: ${reason}`;
  markCard(draft);
  addHistory(draft, actor, 'hold', line`${service}, until ${{ at: until }}${why}`);
  notify(
    draft,
    'event',
    line`${mention(actor)} holds the automatic revert of ${service} until ${{ at: until, show: 'time' }}${why}`,
  );
  const left = mostHolds - own.holds;
  const more =
    left > 0
      ? `It can be held ${left === 1 ? 'once more' : `${left} more times`}.`
      : 'It cannot be held again.';
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`hold: ${service} is not reverted by itself until ${{ at: until, show: 'time' }}. ${more} ${typed(`resume ${service}`)} ends the hold.`,
  };
}
