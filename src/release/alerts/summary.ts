/** Sums up the members of a group for its message. Pure. */
import type { AlertGroup, IncomingAlert, Link, Member } from './alert.ts';
import { worst } from './member-limits.ts';
import { rank } from './members.ts';
import type { DeliveryFlags, AppliedDelivery } from './apply-delivery.ts';

const mostTitles = 5;
const mostLinks = 3;

/** The delivery that changed what is shown. */
interface By {
  opened: boolean;
  incoming: readonly IncomingAlert[];
  said: DeliveryFlags;
}

type Picture = Pick<
  AlertGroup,
  'severity' | 'titles' | 'titleCount' | 'summary' | 'links' | 'truncated' | 'unreadable' | 'rest' | 'since'
>;

/** Returns what the message shows after these members were taken. */
export function summaryOf(before: AlertGroup, { members, rest }: AppliedDelivery, by: By): Picture {
  const entries = Object.entries(members);
  const firing = entries.filter(([, { status }]) => status === 'firing');
  const shown = (firing.length > 0 ? firing : entries).map(([, member]) => member);
  const [leading, lead] = leadOf(firing.length > 0 ? firing : entries) ?? [];
  const titles = titlesOf(shown);
  const fires = firing.length > 0 || rest !== null;
  const known = shown.length > 0;
  const severities = [...shown.map(({ severity }) => severity), ...(rest === null ? [] : [rest.severity])];
  // A copy of an end says nothing about this group.
  const own = by.incoming.some(({ elsewhere }) => elsewhere !== true);
  return {
    severity: severities.length > 0 ? worst(severities) : before.severity,
    titles: known ? titles.slice(0, mostTitles) : before.titles,
    titleCount: known ? titles.length : (before.titleCount ?? null),
    summary: lead?.summary ?? before.summary,
    links: linksOf(before, leading, by),
    // An end says nothing about what fires.
    truncated: fires && own ? by.said.truncated : before.truncated,
    unreadable: own ? unreadableOf(by.said) : (before.unreadable ?? null),
    rest,
    since: sinceOf(
      before,
      firing.map(([, member]) => member),
      by.opened,
    ),
  };
}

function unreadableOf({ unreadable }: DeliveryFlags): AlertGroup['unreadable'] {
  if (unreadable === undefined) return null;
  const { count, undated, mistake } = unreadable;
  return { count, ...(undated !== undefined && { undated }), path: mistake.path };
}

function sinceOf(before: AlertGroup, firing: readonly Member[], opened: boolean): number {
  // A group that never opened, or whose beginning cannot be read, has no beginning.
  const had = opened || before.since <= 0 ? [] : [before.since];
  const all = [...had, ...firing.map(({ since }) => since)];
  return all.length === 0 ? before.since : Math.min(...all);
}

/** Returns the worst member, among equals the one that began last: its summary stands for all. */
function leadOf(entries: readonly [string, Member][]): [string, Member] | undefined {
  const [first, ...others] = entries;
  if (first === undefined) return undefined;
  return others.reduce((one, two) => {
    const by = rank(one[1].severity) - rank(two[1].severity) || two[1].since - one[1].since;
    return by > 0 ? two : one;
  }, first);
}

/** Returns the distinct titles: the worst first, then the most frequent. */
function titlesOf(members: readonly Member[]): string[] {
  const counts = new Map<string, { rank: number; count: number }>();
  for (const { title, severity } of members) {
    const known = counts.get(title) ?? { rank: rank(severity), count: 0 };
    counts.set(title, { rank: Math.min(known.rank, rank(severity)), count: known.count + 1 });
  }
  return [...counts]
    .toSorted(([, one], [, two]) => one.rank - two.rank || two.count - one.count)
    .map(([title]) => title);
}

/**
 * Returns the links of this delivery's firing alerts. When a sender reports a group in parts, only the part with the
 * alert whose summary is shown changes them; otherwise each part would.
 */
function linksOf({ links: before }: AlertGroup, leading: string | undefined, by: By): Link[] {
  const firing = by.incoming.filter(({ status }) => status === 'firing');
  const all = firing.toSorted((one, two) => rank(one.severity) - rank(two.severity));
  const byUrl = new Map(all.flatMap(({ links }) => links.map((link) => [link.url, link] as const)));
  const links = [...byUrl.values()].slice(0, mostLinks);
  if (by.opened) return links;
  const leads = before.length === 0 || firing.some(({ fingerprint }) => fingerprint === leading);
  return links.length > 0 && leads ? links : before;
}
