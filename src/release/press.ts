/** Decides whether a button still fits when it is pressed. Pure. See docs/design.md#slack. */
import { countdownOf } from './auto-revert/rule.ts';
import type { BaseCommand } from './command.ts';
import { refuse, describeState } from './gates.ts';
import type { Facts } from './gates.ts';
import { line } from './line.ts';
import type { Refusal, RefusalCode } from './refusals.ts';

/** Refuses a press that is not about the newest release and the current epoch. */
export function freshPress(facts: Facts, command: BaseCommand): Refusal | undefined {
  const { press } = command;
  const { record } = facts;
  if (!press) return undefined;
  if (!fitsSubject(facts, command)) return stale(facts);
  const newest = record.releases[0]?.id ?? null;
  // Buttons that repair the router, and those for a lock, are about the service: a later stage does not make them
  // stale.
  if (['retry', 'adopt', 'extend', 'unlock'].includes(command.verb) && press.epoch === record.epoch)
    return undefined;
  // A Revert that was drawn during the promote: the switch was recorded since, and the press still means the same.
  const recorded = command.verb === 'revert' && press.epoch + 1 === record.epoch && press.release === newest;
  if (recorded && record.releases[0]?.color === record.live) return undefined;
  if (press.epoch === record.epoch && (press.release === newest || press.release === null)) return undefined;
  return stale(facts);
}

/**
 * Returns true when the press is about what its button was drawn for. *Cancel request* and *Cancel* are one button,
 * and so are *Put back* and *Retry*; one request may follow another, and one stuck operation another.
 */
function fitsSubject({ record, now }: Facts, { verb, press }: BaseCommand): boolean {
  const { request } = record;
  const open = request?.status === 'open' ? request : undefined;
  switch (verb) {
    case 'approve':
      // A request that expired gets its own answer.
      return press?.subject !== undefined && press.subject === request?.id;
    case 'reject':
      return press?.subject !== undefined && press.subject === open?.id;
    case 'cancel':
      return (
        record.state === 'staged' &&
        press?.subject === open?.id &&
        (open === undefined || open.expiresAt > now)
      );
    case 'unlock':
      // The button is shown where Switchback locked; a person's later lock is not the one that was meant.
      return record.lock?.holder.kind === 'system';
    case 'hold':
    case 'resume':
      return press?.subject === countdownOf(record)?.id;
    case 'retry':
      return press?.subject === (record.state === 'stuck' ? record.op?.id : undefined);
    default:
      return true;
  }
}

/** Returns the refusal of a button that no longer fits. */
export function stale(facts: Pick<Facts, 'record'>): Refusal {
  return refuse(
    'stale-button',
    line`This button no longer fits; nothing was done.`,
    line`Use the newest card.`,
    describeState(facts.record),
  );
}

/** Returns the refusal of a press: "there is nothing of that kind" means that the button is out of date. */
export function asPressed(facts: Facts, command: BaseCommand, refusal: Refusal): Refusal {
  const outdated: RefusalCode[] = [
    'nothing-to-do',
    'nothing-staged',
    'operation-in-progress',
    'stuck',
    'nothing-to-revert-to',
    'approval-needed',
  ];
  if (!command.press || !outdated.includes(refusal.code)) return refusal;
  return { ...stale(facts), why: line`This button no longer fits, nothing was done: ${refusal.why}` };
}
