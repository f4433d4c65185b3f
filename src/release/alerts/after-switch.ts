/** Says which release or revert a group follows, and where a revert goes. Pure. */
import { otherColor, signedColor } from '../color.ts';
import { formatDuration } from '../duration.ts';
import { asSentence, line } from '../line.ts';
import type { Line } from '../line.ts';
import { noWayBackOf, noWayBackWords } from '../no-way-back.ts';
import { lockAt } from '../release.ts';
import type { Release } from '../release.ts';
import { isWayBackDead, wayBack } from '../way-back.ts';
import { mention } from '../mention.ts';
import type { AlertGroup } from './alert.ts';
import { isSwitching } from './context.ts';
import type { AlertContext } from './context.ts';
import { beganBefore, firingOf, followed, followsLine, idleNamed, offersRevert } from './attribution.ts';
import { revertLine } from './reverted-release.ts';

/** Returns one sentence each: what it follows, where a revert goes, its color, and a revert under way or done. */
export function releaseLines(group: AlertGroup, context: AlertContext): Line[] {
  const idle = idleNamed(group, context);
  return [
    firedLine(group, context),
    backLine(group, context),
    idle === undefined ? [] : line`Every firing alert is about ${idle}, which takes no traffic now.`,
    revertLine(group, context),
  ].filter((one) => one.length > 0);
}

/** Says how long after a release, or after a revert, it fired; empty: it follows neither. */
export function firedLine(group: AlertGroup, context: AlertContext): Line {
  const release = revertBefore(group, context);
  if (release?.revertedAt === undefined) {
    const follows = followed(group, context);
    const said = followsLine(follows);
    return group.status === 'firing' && beganBefore(follows) ? line`${said} A revert may not help.` : said;
  }
  const by: Line = release.revertedBy === undefined ? ['a'] : line`${mention(release.revertedBy)}'s`;
  const to = otherColor(release.color);
  const version = context.record?.colors[to].version ?? 'unknown';
  const first = Math.min(...firingOf(group).map(({ since }) => since));
  return line`Fired ${formatDuration(Math.max(0, first - switchedBack(release)))} after ${by} revert to ${to} ${version}.`;
}

/** Says where a revert would go, and whether it would be carried out; empty where it is hardly useful. */
export function backLine(group: AlertGroup, context: AlertContext): Line {
  const { record } = context;
  if (record === null || group.status === 'resolved') return [];
  const nowhere = nowhereLine(group, context);
  const back = wayBack(record);
  if (nowhere.length > 0 || back === undefined || offersRevert(group, context) !== 'likely') return nowhere;
  return line`Revert goes back to ${signedColor[back.color]} ${back.version ?? 'unknown'}.`;
}

/** Says why a revert is impossible or would be refused, and what helps instead; empty: neither is known. */
export function nowhereLine(group: AlertGroup, context: AlertContext): Line {
  const { record, now } = context;
  if (record === null || isSwitching(record)) return [];
  const { service, live, colors } = record;
  const back = wayBack(record);
  if (back === undefined) {
    const locked = lockAt(record, now) === undefined ? '.' : `; ${service} is locked.`;
    return line`No release to go back to${locked} Check ${signedColor[live]} ${colors[live].version ?? 'unknown'} itself.`;
  }
  if (offersRevert(group, context) === undefined) return [];
  const stands = noWayBackOf(record);
  if (stands) return line`There is ${asSentence(noWayBackWords(stands))} A revert must be forced.`;
  if (!isWayBackDead(record)) return [];
  return line`${back.color} ${back.version ?? 'unknown'} is down too. If nothing that both share is broken, start it, then revert. Until it answers, Revert is refused unless forced.`;
}

/**
 * Returns the release whose revert led to the live version, when all firing alerts began after it, and not long ago.
 */
function revertBefore(group: AlertGroup, { record, settings, now }: AlertContext): Release | undefined {
  if (record === null || settings === undefined || group.status === 'resolved') return undefined;
  const { live } = record;
  const release = record.releases.find(
    ({ status, color, revertedAt }) =>
      status === 'reverted' &&
      color !== live &&
      revertedAt !== undefined &&
      revertedAt <= record.colors[live].since,
  );
  if (release?.revertedAt === undefined || now >= release.revertedAt + settings.alerts.attribute)
    return undefined;
  const firing = firingOf(group);
  const at = switchedBack(release);
  return firing.length > 0 && firing.every(({ since }) => since >= at) ? release : undefined;
}

function switchedBack({ revertedAt = 0, revertMs = 0 }: Release): number {
  return revertedAt - revertMs;
}
