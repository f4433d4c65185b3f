/** The messages in the thread of an alert group. */
import { formatDuration } from '../duration.ts';
import { joinedBy, line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Notice } from '../store.ts';
import type { AlertGroup, Member, Severity } from './alert.ts';
import { alertCards } from './port.ts';
import type { AlertContext } from './context.ts';
import { firedLine, nowhereLine } from './after-switch.ts';
import type { Merged } from './merge.ts';

/** Returns a notice in the thread of a group. */
export function noticeOf(
  group: AlertGroup,
  kind: Notice['kind'],
  text: Line,
  more: Partial<Pick<Notice, 'to'>> = {},
): Omit<Notice, 'at'> {
  return { id: crypto.randomUUID(), service: alertCards, release: group.id, kind, text, ...more };
}

/** Returns the channel's notice of critical alerts, with mentions. `group`: the result of `withBroadcast`. */
export function criticalNotice(
  group: AlertGroup,
  members: readonly Member[],
  context: AlertContext,
  { start = [], end = [] }: { start?: Line; end?: Line } = {},
): Omit<Notice, 'at'> {
  const more = [firedLine(group, context), nowhereLine(group, context), end].filter((one) => one.length > 0);
  const unknown: Line = group.named == null ? [] : line`unknown service ${{ bold: group.named }}: `;
  const of: Line = group.service === null ? unknown : line`${{ bold: group.service }}: `;
  // The sign shows how bad it is.
  const text = line`🚨 ${of}${start}${joinedBy(' ', [line`${listed(members, 'critical')}.`, ...more])}`;
  const id = group.rings?.at(-1)?.id;
  return {
    ...noticeOf(group, 'broadcast', text),
    ...(id !== undefined && { id }),
    asks: 'alert',
    calls: 'operator',
  };
}

/** Returns the notices about a change of the group, for its thread. */
export function noticesOf(
  { group, opened, resolved, fired, again, ended, worse, critical, unread }: Merged,
  context: AlertContext,
): Omit<Notice, 'at'>[] {
  const notices: Omit<Notice, 'at'>[] = [];
  const lost: Line = again.length > 0 ? ['It fires again; it was never reported as resolved.'] : [];
  if (critical.length > 0) notices.push(criticalNotice(group, critical, context, { end: lost }));
  else if (again.length > 0)
    notices.push(noticeOf(group, 'event', line`Firing again, never reported as resolved: ${listed(fired)}.`));
  else if (fired.length > 0) {
    const what = listed(fired);
    if (worse) notices.push(noticeOf(group, 'event', line`Now ${group.severity}: ${what}.`));
    else if (opened && group.times > 1) notices.push(noticeOf(group, 'event', line`Firing again: ${what}.`));
    else notices.push(noticeOf(group, 'progress', line`Firing: ${what}.`));
  }
  if (resolved) notices.push(noticeOf(group, 'event', resolvedLine(group)));
  else if (ended.length > 0) notices.push(noticeOf(group, 'progress', line`Ended: ${listed(ended)}.`));
  if (unread === true) notices.push(noticeOf(group, 'event', line`${unreadableWords(group)}.`));
  return notices;
}

/** Says why alerts ended without a verdict; empty when there are none. */
export function endedBy({ members }: Pick<AlertGroup, 'members'>): string {
  const reasons = Object.values(members).flatMap(({ status, endedBy: why }) =>
    status === 'resolved' && why !== undefined ? [why] : [],
  );
  return [...new Set(reasons)].slice(0, 3).join(', ');
}

function resolvedLine(group: AlertGroup): Line {
  const why = endedBy(group);
  if (why === '') return line`Resolved after ${lasted(group)}.`;
  return line`Ended after ${lasted(group)}: ${why}. That does not mean that it is fixed: check it.`;
}

/** Says how many alerts of the last delivery could not be read; empty: all could. */
export function unreadableWords({ unreadable }: Pick<AlertGroup, 'unreadable'>): string {
  return unreadable == null ? '' : unreadableOf(unreadable, unreadable.path);
}

/** Says the same, with the place of the first error. */
export function unreadableOf(
  { count, undated = 0 }: { count: number; undated?: number | undefined },
  at: string,
): string {
  const alerts = `${count} ${count === 1 ? 'alert' : 'alerts'}`;
  if (undated === count)
    return `${alerts} ${count === 1 ? 'has' : 'have'} a time that could not be read: ${at}`;
  const some = undated === 0 ? '' : `, of ${undated} only the time`;
  return `${alerts} could not be read${some}: ${at}`;
}

/** Says how long the firing that ended lasted. */
export function lasted({ since, resolvedAt }: Pick<AlertGroup, 'since' | 'resolvedAt'>): string {
  return formatDuration(Math.max(0, (resolvedAt ?? since) - since));
}

/** Lists the first alerts by title, severity (unless it is `said`) and summary; of the others only the number. */
function listed(members: readonly Member[], said?: Severity): Line {
  const shown = members.slice(0, 3).map(({ title, severity, summary, endedBy: why, status }): Line => {
    if (status === 'resolved' && why !== undefined)
      return line`${{ bold: title }} (${why}; may not be fixed)`;
    const how = severity === said ? '' : ` (${severity})`;
    // Another sentence follows.
    const more = summary.slice(0, 200).replace(/[.\s]+$/, '');
    return line`${{ bold: title }}${how}${more === '' ? '' : `: ${more}`}`;
  });
  const more = members.length > 3 ? line`, and ${members.length - 3} more` : [];
  return [...shown.flatMap((each, i): Line => (i === 0 ? each : line`; ${each}`)), ...more];
}
