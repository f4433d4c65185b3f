/** Applies a delivery to a group of alerts. Pure. */
import type { AlertGroup, IncomingAlert, Member } from './alert.ts';
import { isSilent } from './context.ts';
import type { AlertContext } from './context.ts';
import { broadcastDueAt, withBroadcast } from './broadcast.ts';
import { seenIn } from './attribution.ts';
import { quietForMs, withHearing } from './last-heard.ts';
import { rank } from './members.ts';
import { summaryOf } from './summary.ts';
import { stillTold, untold } from './announced.ts';
import { applyDelivery } from './apply-delivery.ts';
import type { DeliveryFlags, AppliedDelivery } from './apply-delivery.ts';

/** What happened to a group. The lists hold the members concerned, worst first. */
export interface Merged {
  group: AlertGroup;
  /** It fires, and did not before: for the first time, or again. */
  opened: boolean;
  resolved: boolean;
  /** The alerts that fire now and did not before, or that are worse than before. */
  fired: Member[];
  /** Those of them whose end was not received. */
  again: Member[];
  ended: Member[];
  /** The worst severity is worse than before, while it fires. */
  worse: boolean;
  /** The alerts of which the channel is notified. */
  critical: Member[];
  /** True: its message shows some of this; else it is only remembered. */
  shown: boolean;
  /** True: more alerts than before could not be read. */
  unread?: boolean;
}

const nothing = {
  opened: false,
  resolved: false,
  fired: [],
  ended: [],
  worse: false,
} as const;

/**
 * Applies alerts to a group. Undefined: they change nothing (a repeat, or an older delivery). `heard`: its notices
 * may reach people; not while it is in a digest.
 */
export function mergeAlerts(
  before: AlertGroup,
  incoming: readonly IncomingAlert[],
  context: AlertContext,
  heard = true,
  said: DeliveryFlags = { truncated: 0 },
): Merged | undefined {
  const { now } = context;
  const step = applyDelivery(before, incoming, now);
  const firing = Object.values(step.members).filter(({ status }) => status === 'firing');
  const status = firing.length > 0 || step.rest !== null ? ('firing' as const) : ('resolved' as const);
  const opened = status === 'firing' && (before.status === 'resolved' || step.reopened);
  const picture = summaryOf(before, step, { opened, incoming, said });
  const { fired, ended } = step;
  const changes = fired.length + ended.length + step.changed;
  const { whole = before.whole ?? null } = said;
  const repeat = changes === 0 && !step.noted && whole === (before.whole ?? null);
  const hearing = step.heard || changes > 0 ? { ...withHearing(before, now, repeat), whole } : {};
  const more = (picture.unreadable?.count ?? 0) - (before.unreadable?.count ?? 0);
  const shown =
    opened ||
    status !== before.status ||
    changes > 0 ||
    more > 0 ||
    (step.heard && quietForMs(before, now) !== undefined) ||
    (status === 'firing' && !sameContext(before, picture));
  if (!shown) {
    if (!step.noted && !step.heard) return undefined;
    // Nothing visible changed, and the rest of the group stays as it is.
    const group = { ...before, ...hearing, members: step.members, ends: step.ends };
    return { ...nothing, fired: [], again: [], ended: [], critical: [], group, shown };
  }
  const started = opened ? fresh(before, context) : before;
  const group: AlertGroup = {
    ...started,
    ...picture,
    status,
    members: step.members,
    rest: step.rest,
    ends: step.ends,
    resolvedAt: status === 'resolved' ? endOfAll(step, now) : null,
    ...hearing,
    // A group that begins was reported again; one that ends may do so after its service left the configuration.
    dropped: fired.length > 0 ? null : (started.dropped ?? null),
    told: stillTold(before, step.members, step.again, context),
    ...seenIn(started, firing.length > 0 ? firing : ended, context),
  };
  const toldAt = heard ? broadcastDueAt(group, context) : undefined;
  const tells = toldAt !== undefined && toldAt <= now;
  return {
    group: tells ? withBroadcast(group, context) : group,
    opened,
    resolved: status === 'resolved' && before.status === 'firing',
    fired,
    again: step.again,
    ended,
    worse: status === 'firing' && !opened && rank(group.severity) < rank(before.severity),
    critical: tells ? untold(group) : [],
    shown,
    unread: more > 0,
  };
}

/** Returns true when everything shown, except the members, is as before. */
function sameContext(
  before: AlertGroup,
  { links, truncated, rest, unreadable }: Partial<AlertGroup>,
): boolean {
  return (
    truncated === before.truncated &&
    JSON.stringify([links, rest ?? null, unreadable ?? null]) ===
      JSON.stringify([before.links, before.rest ?? null, before.unreadable ?? null])
  );
}

/** Returns when the last alert ended; now, when no member says so. */
function endOfAll({ members }: AppliedDelivery, now: number): number {
  return Math.max(...Object.values(members).map(({ endedAt }) => endedAt ?? 0)) || now;
}

/** Returns the start of a new firing: without an acknowledgement. A silence that still holds stays. */
function fresh(before: AlertGroup, context: AlertContext): AlertGroup {
  return {
    ...before,
    times: before.times + 1,
    broadcast: null,
    acknowledged: null,
    remindedAt: null,
    reminders: null,
    ringAt: null,
    rung: 0,
    closed: null,
    silenced: isSilent(before, context) ? before.silenced : null,
    follows: null,
    compared: null,
  };
}

/** Returns a group about which nothing is known yet. */
export function emptyGroup(
  given: Pick<AlertGroup, 'id' | 'source' | 'group' | 'service' | 'channel'>,
): AlertGroup {
  return {
    ...given,
    schema: 1,
    revision: 0,
    status: 'resolved',
    severity: 'unknown',
    titles: [],
    summary: '',
    members: {},
    truncated: 0,
    links: [],
    since: 0,
    resolvedAt: null,
    times: 0,
    follows: null,
    broadcast: null,
    acknowledged: null,
    silenced: null,
    compared: null,
    remindedAt: null,
  };
}
