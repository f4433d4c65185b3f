import { actorId } from '../actor.ts';
import type { AlertGroup } from '../alerts/alert.ts';
import { alertNameOf } from '../alerts/alert-name.ts';
import { isSilent } from '../alerts/context.ts';
import type { AlertContext } from '../alerts/context.ts';
import { mention } from '../draft.ts';
import { formatDuration } from '../duration.ts';
import { refuse } from '../gates.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Refusal } from '../refusals.ts';
import { aboutAlert } from './alert-verb.ts';
import type { AboutAlert, AlertDefinition, Done } from './alert-verb.ts';

const hour = 3_600_000;
/** When an end moves by less than this, the thread gets no message, ms. */
const sameEndMs = 60_000;

/** Stops broadcasts and reminders of an alert. Another silence moves the end. */
export interface SilenceCommand extends AboutAlert<'silence'> {
  /** For how long, ms. */
  forMs?: number;
  /** Until the baking release has settled. Its id, where the button knows it. */
  release?: string;
}

/** `silence <alert> [--for 1h]`. */
export const silence: AlertDefinition<SilenceCommand> = {
  ...aboutAlert,
  name: 'silence',
  usage: 'silence <alert> [--for 1h]',
  summary: 'Stop the ringing of an alert for a while.',
  examples: ['silence 3fa2c1 --for 1h', 'silence checkout HighErrorRate --for 4h'],
  options: {
    forMs: {
      name: 'for',
      kind: 'duration',
      mostMs: 24 * hour,
      says: 'how long, 24h at most (default: 1h)',
    },
    release: { kind: 'version', only: 'button', says: 'until the baking release has settled' },
  },
  decide(group, context, { actor, forMs = hour, release }) {
    return release === undefined
      ? untilTime(group, context, actor, forMs)
      : untilRelease(group, context, actor, release);
  },
};

type Actor = SilenceCommand['actor'];

function untilRelease(group: AlertGroup, context: AlertContext, actor: Actor, of: string): Done | Refusal {
  const release = context.record?.releases.find(({ status }) => status === 'baking');
  if (release === undefined)
    return refuse(
      'nothing-to-do',
      group.service === null
        ? line`It is not about a known service, so there is no release to wait for.`
        : line`No release of ${{ code: group.service }} bakes now, so there is none to wait for.`,
      line`Choose a time instead.`,
    );
  if (of !== '' && of !== release.id)
    return refuse(
      'stale-button',
      line`The release of this button has settled; #${release.number} ${release.version} bakes now.`,
      line`Choose again, from its newest message.`,
    );
  const end = line`until #${release.number} ${release.version} settles`;
  return silenced(group, context, { actor, until: null, release: release.id }, end, end);
}

function untilTime(group: AlertGroup, context: AlertContext, actor: Actor, ms: number): Done {
  const until = context.now + ms;
  const end = line`until ${{ at: until }}`;
  return silenced(
    group,
    context,
    { actor, until, release: null },
    end,
    line`for ${formatDuration(ms)}, ${end}`,
  );
}

type Quiet = Pick<NonNullable<AlertGroup['silenced']>, 'actor' | 'until' | 'release'>;

function silenced(group: AlertGroup, context: AlertContext, quiet: Quiet, end: Line, long: Line): Done {
  const told = line`${mention(quiet.actor)} silenced it ${end}.`;
  return {
    group: { ...group, silenced: { ...quiet, at: context.now } },
    told: isSilent(group, context) && sameEnd(group.silenced, quiet) ? null : told,
    answer: line`silence: ${alertNameOf(group)} is quiet ${long}.`,
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
