/** The sentences of a release's card, one a line. */
import { mention, mentionAll } from '../../release/draft.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import { heldWords } from '../../release/held-writes.ts';
import { formatDuration } from '../../release/duration.ts';
import { idleColor } from '../../release/release.ts';
import type { Release, ServiceRecord } from '../../release/release.ts';
import type { Settings } from '../../release/settings.ts';
import { ticks } from '../../release/ticks.ts';
import { safeUrl } from './mrkdwn.ts';

/** Joins lines by a middle dot. */
function dotted(parts: readonly Line[]): Line {
  return parts.flatMap((part, i) => (i === 0 ? part : [' · ', ...part]));
}

/** The steps on the card in one line: of the operation under way, of the waiting request, and of a failure. */
export function stepsLine(record: ServiceRecord, release: Release): Line {
  const { op, state } = record;
  if (!['staging', 'staged', 'promoting', 'reverting', 'failed'].includes(release.status)) return [];
  const since = state === 'reverting' && op !== null ? op.at : 0;
  return ticks(
    release.steps.filter(({ at }) => at >= since),
    release.cause,
  );
}

/** Number, state and code literally, for search. */
export function standingLine(record: ServiceRecord, release: Release, drift?: string): Line {
  const newest = record.releases[0]?.id === release.id;
  const parts: Line[] = [line`#${release.number} ${release.status}`];
  if (newest && record.state !== release.status)
    parts.push(line`service ${record.state}${record.state === 'idle' ? ' (nothing under way)' : ''}`);
  if (newest && drift !== undefined) parts.push([{ code: 'router-drift' }]);
  if (release.code !== undefined && !(drift !== undefined && release.code === 'router-drift'))
    parts.push([{ code: release.code }]);
  return dotted(parts);
}

/** Who staged, approved, promoted and reverted the release, when, and how long the switches took. */
export function peopleLine(release: Release): Line {
  const { approvedBy = [], promotedBy, promotedAt, revertedBy, revertedAt, switchMs, revertMs } = release;
  const at = (instant: number | undefined): Line => (instant === undefined ? [] : [' ', { at: instant }]);
  // The record keeps the probe result of the newest switch only.
  const verified = release.probe === undefined || release.forced ? '' : ' and verified';
  const lasted = (ms: number | undefined, words: string): Line =>
    ms === undefined ? [] : line`, ${words} in ${formatDuration(ms)}`;
  const parts: Line[] = [line`staged by ${mention(release.stagedBy)}${at(release.stagedAt)}`];
  if (approvedBy.length > 0) parts.push(line`approved by ${mentionAll(approvedBy)}`);
  if (promotedBy && promotedAt !== undefined) {
    const words = `switched${revertedBy ? '' : verified}`;
    parts.push(line`promoted by ${mention(promotedBy)}${at(promotedAt)}${lasted(switchMs, words)}`);
  }
  if (revertedBy)
    parts.push(
      line`reverted by ${mention(revertedBy)}${at(revertedAt)}${lasted(revertMs, `switched back${verified}`)}${release.forced ? ', not verified: forced' : []}`,
    );
  if (release.writesHeld) parts.push([heldWords(release.writesHeld)]);
  return dotted(parts);
}

/** Puts encoded values into `{version}`, `{from}` and `{to}` of a configured link. */
function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(version|from|to)\}/g, (_, name: string) =>
    encodeURIComponent((values[name] ?? '').toWellFormed()),
  );
}

/** A color's address for everybody: without credentials, and without a query, which may hold some. */
function withoutSecrets(address: string): string {
  if (!URL.canParse(address)) return '';
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

/**
 * Links: the idle color's address, in a bake also the live one's, and the configured links to the version and to the
 * changes.
 */
export function linksLine(record: ServiceRecord, release: Release, settings: Settings): Line {
  const idle = idleColor(record);
  const parts: Line[] = (record.state === 'baking' ? [record.live, idle] : [idle]).flatMap((color) => {
    const address = safeUrl(withoutSecrets(settings.colors[color].url));
    return address === undefined ? [] : [line`open ${{ url: address, label: `${color} ↗` }}`];
  });
  const { version, compare } = settings.links;
  if (version !== undefined)
    parts.push([{ url: filled(version, { version: release.version }), label: `${release.version} ↗` }]);
  if (compare !== undefined && release.from !== null) {
    const url = filled(compare, { from: release.from, to: release.version });
    parts.push([{ url, label: `changes since ${release.from} ↗` }]);
  }
  return dotted(parts);
}
