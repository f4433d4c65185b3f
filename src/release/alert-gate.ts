/** Critical alerts on the live release: the gate of a promote, and the text for `why`. */
import type { Color } from './color.ts';
import { refuse } from './gates.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import type { Parts } from './parts.ts';
import type { Refusal } from './refusals.ts';
import type { Settings } from './settings.ts';
import type { AlertGroup, FiringAlert } from './alerts/alert.ts';
import { isCritical } from './alerts/broadcast.ts';
import { firingOf } from './alerts/attribution.ts';
import type { AlertStore } from './alerts/port.ts';

/** The reason to promote also when a critical alert fires. */
export interface WhileFiring {
  whileFiring?: string | undefined;
}

/**
 * Returns the critical alerts of a service, oldest first. Silenced and acknowledged ones count. An alert that
 * concerns only the color without traffic does not count, nor does one whose source is no longer configured. Throws
 * `Fault('storage-unavailable')`.
 */
export async function criticalOn(
  alerts: Pick<AlertStore, 'open' | 'load'>,
  { service, live }: { service: string; live: Color },
): Promise<FiringAlert[]> {
  const ids = await alerts.open(service);
  const loaded = await Promise.all(ids.map((id) => alerts.load(id)));
  return loaded
    .flatMap(({ group }) => (group === null ? [] : criticalOf(group, live)))
    .toSorted((one, two) => one.since - two.since);
}

/** Returns these alerts where the settings make them a gate of promote; undefined where they do not. */
export async function firingFor(
  { alerts }: Pick<Parts, 'alerts'>,
  of: { service: string; live: Color },
  { promotion }: Pick<Settings, 'promotion'>,
): Promise<FiringAlert[] | undefined> {
  return promotion.notWhileFiring === 'off' ? undefined : criticalOn(alerts, of);
}

function criticalOf(group: AlertGroup, live: Color): FiringAlert[] {
  if (group.status !== 'firing' || group.dropped) return [];
  const named = firingOf(group).filter(
    (member) => isCritical(member) && (member.color === undefined || member.color === live),
  );
  const { rest, titles } = group;
  // Alerts beyond the number kept by name have no known color.
  const others = rest != null && isCritical(rest) ? [{ title: titles[0] ?? 'alert', since: rest.since }] : [];
  return [...named.map(({ title, since }) => ({ title, since })), ...others];
}

/** Returns `HighErrorRate fires since …, and 2 more`; empty when none fires. */
export function firingWords(firing: readonly FiringAlert[]): Line {
  const [first, ...others] = firing;
  if (first === undefined) return [];
  const more = others.length > 0 ? line`, and ${others.length} more` : [];
  return line`${{ bold: first.title }} (critical) has been firing since ${{ at: first.since }}${more}`;
}

/**
 * Refuses a promote while a critical alert fires on the live release, if the settings say so and no reason is given.
 */
export function notFiring(
  { firing, service }: { firing: readonly FiringAlert[] | undefined; service: string },
  { whileFiring }: WhileFiring,
): Refusal | undefined {
  if (firing === undefined || firing.length === 0 || whileFiring !== undefined) return undefined;
  return refuse(
    'alert-firing',
    line`${firingWords(firing)}.`,
    line`Wait until it is resolved, or promote ${service} --while-firing <reason>. A revert is possible at any time.`,
  );
}
