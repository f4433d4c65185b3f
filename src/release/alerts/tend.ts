/** What is due for an alert group without a delivery: blue against green, a reminder, the end of a silence or window. */
import { colorSchema } from '../color.ts';
import type { Configured } from '../command.ts';
import { formatDuration } from '../duration.ts';
import { who } from '../draft.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Adapters, Comparison } from '../ports.ts';
import type { Notice } from '../store.ts';
import type { AlertGroup } from './alert.ts';
import { dueOf } from './due.ts';
import type { AlertParts } from './take.ts';
import { criticalNotice, lasted, noticeOf } from './tell.ts';
import { isSilent, releaseInWindow, remindMs } from './beside.ts';
import type { Beside } from './beside.ts';
import { broadcastDueAt, withBroadcast } from './broadcast.ts';
import { firingOf, isOver, seenBeside } from './follows.ts';

const askedMs = 5_000;

/** Does what is due for one group. A save that comes first does it, or makes it due again. */
export async function tendAlert(
  parts: AlertParts & { adapters(service: string, configured: Configured): Adapters },
  id: string,
  stopping: AbortSignal,
): Promise<void> {
  const { alerts, store, catalog } = parts;
  const { group, placed, now } = await alerts.load(id);
  const heard = placed?.kind === 'own';
  if (group === null || group.status === 'resolved') return;
  const { service } = group;
  const configured = service === null ? undefined : catalog.find(service);
  const record = service === null ? null : (await store.load(service)).record;
  const beside: Beside = { now, record, settings: configured?.settings };
  let next: AlertGroup = { ...group, ...seenBeside(group, firingOf(group), beside) };
  const told: Omit<Notice, 'at'>[] = [];
  const follows = releaseInWindow(beside) !== undefined;
  const comparison =
    service !== null && configured !== undefined && follows && next.compared === null
      ? parts.adapters(service, configured).compare
      : undefined;
  if (comparison !== undefined) {
    next.compared = await compared(comparison, stopping);
    told.push(noticeOf(group, 'event', [next.compared]));
  }
  const unsilenced = group.silenced !== null && !isSilent(group, beside);
  if (unsilenced) next.silenced = null;
  const over: Line = unsilenced ? ['The silence is over, and it still fires.'] : [];
  const toldAt = heard ? broadcastDueAt(next, beside, unsilenced) : undefined;
  if (toldAt !== undefined && toldAt <= now) {
    next = withBroadcast(next, beside);
    told.push(criticalNotice(group, [], beside, parts.people, unsilenced ? [...over, ' '] : []));
  } else if (unsilenced) told.push(noticeOf(group, 'event', over));
  if (remindsNow(next, beside)) {
    next.remindedAt = now;
    const by = group.acknowledged === null ? [] : who(group.acknowledged.actor);
    const to = group.acknowledged?.actor.kind === 'slack' ? { to: group.acknowledged.actor.user } : {};
    told.push(
      noticeOf(
        group,
        'broadcast',
        line`${by}: still firing after ${lasted({ since: group.since, resolvedAt: now })}, and acknowledged by you.`,
        to,
      ),
    );
  }
  await alerts.save({
    group: next,
    expect: group.revision,
    opens: false,
    urgent: false,
    notices: told.map((notice) => ({ ...notice, channel: group.channel })),
    draw: told.length > 0 || isOver(group.follows, beside),
    due: dueOf(next, beside, heard),
  });
}

function remindsNow(group: AlertGroup, beside: Beside): boolean {
  const { acknowledged, remindedAt } = group;
  if (acknowledged === null || isSilent(group, beside)) return false;
  return beside.now >= (remindedAt ?? acknowledged.at) + remindMs(beside);
}

/** Both colors over the same window, in words. */
async function compared(comparison: Comparison, stopping: AbortSignal): Promise<string> {
  const { name, windowMs, unit } = comparison;
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(askedMs)]);
  const each = await Promise.all(
    colorSchema.options.map(async (color) => `${color} ${shown(await comparison.ask(color, signal), unit)}`),
  );
  return `${name} over the same ${formatDuration(windowMs)}: ${each.join(', ')}`;
}

function shown(value: number | undefined, unit: Comparison['unit']): string {
  if (value === undefined || !Number.isFinite(value)) return 'unknown';
  switch (unit) {
    case 'ratio':
      return `${rounded(value * 100, 2)} %`;
    case 'seconds':
      return `${rounded(value, 3)} s`;
    case 'number':
      return rounded(value, 3);
    default:
      return unit satisfies never;
  }
}

function rounded(value: number, digits: number): string {
  return new Intl.NumberFormat('en', { maximumSignificantDigits: digits, useGrouping: false }).format(value);
}
