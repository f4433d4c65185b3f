/** The name and the standing of a group of alerts, in words. Texts of a sender are shown literally. */
import type { AlertGroup, Severity } from '../../release/alerts/alert.ts';
import { shortId } from '../../release/alerts/alert-name.ts';
import { isSilent } from '../../release/alerts/context.ts';
import type { AlertContext } from '../../release/alerts/context.ts';
import { firingOf } from '../../release/alerts/attribution.ts';
import { quietForMs } from '../../release/alerts/last-heard.ts';
import { endedBy, lasted } from '../../release/alerts/notices.ts';
import { sinceAcknowledged, untold } from '../../release/alerts/announced.ts';
import { signedColor } from '../../release/color.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import { mention } from '../../release/mention.ts';
import { label } from './mrkdwn.ts';

/** Most characters of a summary and of the titles on the first line. */
const most = 240;

/** Emoji for each severity; the word on the last line says the same. */
const emblems: Readonly<Record<Severity, string>> = {
  critical: '🚨',
  warning: '⚠️',
  info: 'ℹ️',
  unknown: '🔔',
};

/** `critical firing` with its emoji, `resolved`, or `closed` for a group whose end was never received. */
export function standing(group: AlertGroup): string {
  if (isClosed(group)) return '⏹️ closed';
  const why = endedBy(group);
  if (group.status === 'resolved') return why === '' ? '✅ resolved' : `⏹️ resolved · ${why}`;
  return `${emblems[group.severity]} firing · ${group.severity}`;
}

function isClosed({ dropped, closed }: AlertGroup): boolean {
  return dropped?.closed === true || closed != null;
}

/** The name of the group's service, or the name that the sender gives for an unknown one. */
export function serviceName({ service, named }: AlertGroup): string {
  return service ?? (named == null ? 'no service' : `unknown service ${named}`);
}

/** The group's titles as one text, with the number of those that it does not keep. */
export function titleOf({ titles, titleCount }: AlertGroup): string {
  const more = (titleCount ?? 0) - titles.length;
  return `${titles.join(', ') || 'alert'}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The first line, also for a lock screen: which service, what is wrong with it, and where. */
export function alertHeading(group: AlertGroup, context: AlertContext): Line {
  const unknown: Line =
    group.named == null ? ['no known service'] : line`unknown service ${{ bold: group.named }}`;
  const of: Line = group.service === null ? unknown : [{ bold: group.service }];
  const title = label(titleOf(group), most);
  const long = lasted(group);
  if (group.closed != null)
    return line`⏹️ ${of}: ${title} closed by ${mention(group.closed.actor)} after ${long}`;
  if (isClosed(group)) return line`⏹️ ${of}: ${title} closed after ${long}`;
  if (group.status === 'resolved') {
    const why = endedBy(group);
    return why === ''
      ? line`✅ ${of}: ${title} resolved after ${long}`
      : line`⏹️ ${of}: ${title} ended after ${long}: ${why}; may not be fixed`;
  }
  const summary = label(group.summary, most).replace(/[.\s]+$/, '');
  const what = summary === '' ? `${title} is firing` : summary;
  return line`${emblems[group.severity]} ${of}: ${what}${placeOf(group, context, what)}`;
}

/** The color on which all alerts fire, where the sentence does not name it already. */
function placeOf(group: AlertGroup, { record }: AlertContext, what: string): Line {
  const [color, ...others] = [...new Set(firingOf(group).map((member) => member.color))];
  if (color === undefined || others.length > 0 || group.rest != null) return [];
  if (new RegExp(`\\b${color}\\b`, 'i').test(what)) return [];
  const version = record?.colors[color].version;
  return line` on ${signedColor[color]}${version == null ? '' : ` ${version}`}`;
}

/** Who takes care of the group, and who is notified. */
export function careLines(group: AlertGroup, context: AlertContext): Line[] {
  if (group.status === 'resolved') return [];
  const { acknowledged, silenced } = group;
  const lines: Line[] = [];
  if (acknowledged !== null)
    lines.push(
      line`👀 Acknowledged by ${mention(acknowledged.actor)} ${{ at: acknowledged.at }}${newCritical(sinceAcknowledged(group))}`,
    );
  if (silenced !== null && isSilent(group, context)) {
    const until: Line =
      silenced.until === null ? ['until this release settles'] : ['until ', { at: silenced.until }];
    const news = newCritical(untold(group).map(({ title }) => title));
    lines.push(line`🔕 Silenced by ${mention(silenced.actor)} ${until}${news}`);
  }
  const quiet = quietForMs(group, context.now);
  if (quiet !== undefined) lines.push(line`🔇 No news for ${longSpan(quiet)}: if it is over, press Close`);
  return lines;
}

/** Names critical alerts that an earlier acknowledgement or silence does not cover. */
function newCritical(titles: readonly string[]): string {
  const [first, ...others] = [...new Set(titles)];
  if (first === undefined) return '';
  return `; new critical since: ${label(first, 80)}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

/** A duration in hours, and in days from two days on. */
function longSpan(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** The last line: `HighErrorRate · critical · since 12:07 · monitoring · 3fa2c1`; after the end also the last summary. */
export function aboutLine(group: AlertGroup): Line {
  const { severity, since, source, summary, times } = group;
  const again = times > 1 ? ` · opened ${times} times` : '';
  const word = unknownWords(group);
  if (group.status === 'firing')
    return line`${titleOf(group)} · ${severity}${word}${counts(group)} · since ${{ at: since }}${again} · ${source} · ${{ code: shortId(group) }}`;
  const said = summary === '' ? '' : ` · it said: “${label(summary, most)}”`;
  return line`was ${severity} · fired ${{ at: since }}${again} · ${source}${said}`;
}

/** How many alerts fire (where more than one), have ended, or are not listed. */
function counts(group: AlertGroup): string {
  const all = Object.values(group.members);
  const firing = all.filter(({ status }) => status === 'firing').length;
  const resolved = all.length - firing;
  const fires = firing + (group.rest?.count ?? 0);
  const few = fires === 1 && resolved === 0 && group.truncated === 0;
  const more = group.truncated > 0 ? `, ${group.truncated} more not listed by the sender` : '';
  return few ? '' : ` · ${fires} firing${resolved > 0 ? `, ${resolved} resolved` : ''}${more}`;
}

/** Words for severity that the bot does not know, among firing alerts; empty: all are known. */
function unknownWords({ members }: AlertGroup): string {
  const words = Object.values(members).flatMap(({ status, word }) =>
    status === 'firing' && word ? [word] : [],
  );
  const [first, ...others] = [...new Set(words)].slice(0, 3);
  if (first === undefined) return '';
  return `, severity ${[first, ...others].join(', ')} ${others.length === 0 ? 'is' : 'are'} not known here`;
}
