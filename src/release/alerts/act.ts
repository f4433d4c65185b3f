/** What operators and approvers do about alerts: acknowledge, silence, and take both back. */
import { ringAgainMs } from '../unanswered.ts';
import type { Actor } from '../actor.ts';
import { actorId } from '../actor.ts';
import type { Answer } from '../command.ts';
import { mention } from '../draft.ts';
import { refuse } from '../gates.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Refusal } from '../refusals.ts';
import type { AlertGroup, Silence } from './alert.ts';
import { isSilent } from './context.ts';
import type { AlertContext } from './context.ts';
import { pressed } from './press.ts';
import type { Done, PressParts } from './press.ts';
import { nameOf } from './press-words.ts';
import { isUnacknowledged, withAcknowledged } from './announced.ts';

const lengths: Readonly<Record<Exclude<Silence, 'release'>, { ms: number; words: string }>> = {
  '30m': { ms: 1_800_000, words: '30 min' },
  '1h': { ms: 3_600_000, words: '1 h' },
  '4h': { ms: 14_400_000, words: '4 h' },
};
/** When an end moves by less than this, the thread gets no message, ms. */
const sameEndMs = 60_000;

/** Acknowledges a group: somebody takes care of it. */
export function acknowledge(
  parts: PressParts,
  id: string,
  actor: Actor,
  marks: readonly string[] = [],
): Promise<Answer> {
  return pressed(parts, { verb: 'acknowledge', id, actor, marks }, (group, { now }) => {
    const { acknowledged } = group;
    if (acknowledged !== null && !isUnacknowledged(group))
      return refuse(
        'nothing-to-do',
        line`It was already acknowledged by ${mention(acknowledged.actor)} ${{ at: acknowledged.at }}.`,
        line`Silence it if it disturbs you.`,
      );
    return {
      group: {
        ...withAcknowledged(group, { now }),
        acknowledged: { actor, at: now },
        remindedAt: null,
        ringAt: null,
      },
      told: line`${mention(actor)} acknowledged it.`,
      answer: line`acknowledge: ${nameOf(group)} is yours; ${group.dropped ? 'there are no reminders, because its service or source is no longer configured' : 'you are reminded while it fires'}.`,
      how: ['acknowledged'],
    };
  });
}

/** Takes an acknowledgement back: nobody takes care of the group any more. For people who may acknowledge. */
export function handBack(
  parts: PressParts,
  id: string,
  actor: Actor,
  marks: readonly string[] = [],
): Promise<Answer> {
  return pressed(parts, { verb: 'hand-back', id, actor, marks }, (group, { now }) => {
    const { acknowledged } = group;
    if (acknowledged === null)
      return refuse('nothing-to-do', line`Nobody has acknowledged it.`, line`There is nothing to do.`);
    const own = actorId(actor) === actorId(acknowledged.actor);
    return {
      group: {
        ...group,
        acknowledged: null,
        remindedAt: null,
        reminders: null,
        ringAt: now + ringAgainMs,
        rung: 0,
      },
      told: own
        ? line`${mention(actor)} handed it back: nobody is working on it now.`
        : line`${mention(actor)} took it back from ${mention(acknowledged.actor)}: nobody is working on it now.`,
      answer: line`hand-back: nobody is working on ${nameOf(group)} now.`,
      how: ['handed back'],
    };
  });
}

/** Ends a silence before its time; the channel then gets what was held back. */
export function endSilence(
  parts: PressParts,
  id: string,
  actor: Actor,
  marks: readonly string[] = [],
): Promise<Answer> {
  return pressed(parts, { verb: 'end-silence', id, actor, marks }, (group, context) => {
    if (!isSilent(group, context))
      return refuse('nothing-to-do', line`It is not silenced.`, line`There is nothing to do.`);
    return {
      group: { ...group, silenced: null, remindedAt: context.now },
      told: line`${mention(actor)} ended the silence.`,
      answer: line`end-silence: ${nameOf(group)} is no longer silenced.`,
      how: ['silence ended'],
    };
  });
}

/** How long a group should be silent; `of`: the release for which that was offered. */
export interface Quieting {
  choice: Silence;
  of?: string | undefined;
}

/**
 * Silences a group: no broadcasts and reminders, for a time or until the baking release is settled. Another silence
 * moves the end; the thread gets a message when that is news.
 */
export function silence(
  parts: PressParts,
  id: string,
  actor: Actor,
  { choice, of }: Quieting,
  marks: readonly string[] = [],
): Promise<Answer> {
  return pressed(parts, { verb: 'silence', id, actor, marks }, (group, context) =>
    choice === 'release'
      ? untilRelease(group, actor, context, of)
      : untilTime(group, actor, context, lengths[choice]),
  );
}

function untilRelease(
  group: AlertGroup,
  actor: Actor,
  context: AlertContext,
  of: string | undefined,
): Done | Refusal {
  const release = context.record?.releases.find(({ status }) => status === 'baking');
  if (release === undefined)
    return refuse(
      'nothing-to-do',
      group.service === null
        ? line`It is not about a known service, so there is no release to wait for.`
        : line`No release of ${{ code: group.service }} bakes now, so there is none to wait for.`,
      line`Choose a time instead.`,
    );
  if (of !== undefined && of !== release.id)
    return refuse(
      'stale-button',
      line`The release of this button has settled; #${release.number} ${release.version} bakes now.`,
      line`Choose again, from its newest message.`,
    );
  const end = line`until #${release.number} ${release.version} settles`;
  return silenced(group, context, { actor, until: null, release: release.id }, end, end);
}

function untilTime(
  group: AlertGroup,
  actor: Actor,
  context: AlertContext,
  { ms, words }: { ms: number; words: string },
): Done {
  const until = context.now + ms;
  const end = line`until ${{ at: until }}`;
  return silenced(group, context, { actor, until, release: null }, end, line`for ${words}, ${end}`);
}

type Quiet = Pick<NonNullable<AlertGroup['silenced']>, 'actor' | 'until' | 'release'>;

function silenced(group: AlertGroup, context: AlertContext, quiet: Quiet, end: Line, long: Line): Done {
  const told = line`${mention(quiet.actor)} silenced it ${end}.`;
  return {
    group: { ...group, silenced: { ...quiet, at: context.now } },
    told: isSilent(group, context) && sameEnd(group.silenced, quiet) ? null : told,
    answer: line`silence: ${nameOf(group)} is quiet ${long}.`,
    how: line`silenced ${end}`,
  };
}

/** Returns true for a silence of the same person that ends with the same release, or at nearly the same time. */
function sameEnd(before: Quiet | null, next: Quiet): boolean {
  if (before === null || actorId(before.actor) !== actorId(next.actor)) return false;
  if (before.until === null || next.until === null)
    return before.until === next.until && before.release === next.release;
  return Math.abs(next.until - before.until) <= sameEndMs;
}
