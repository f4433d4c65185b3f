/** What a group of alerts is called, and how it stands, in words. Texts of a sender are shown literally. */
import type { AlertGroup, Severity } from '../../release/alerts/alert.ts';
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

/** Characters of a summary and of the titles on the first line. */
const most = 240;

/** Seen at a glance; the word on the last line says the same. */
const emblems: Readonly<Record<Severity, string>> = {
  critical: '🚨',
  warning: '⚠️',
  info: 'ℹ️',
  unknown: '🔔',
};

/** `critical firing` and its emblem, `resolved`, or `closed` for one whose end nobody has told. */
export function standing(group: AlertGroup): string {
  if (isClosed(group)) return '⏹️ closed';
  const why = endedBy(group);
  if (group.status === 'resolved') return why === '' ? '✅ resolved' : `⏹️ resolved · ${why}`;
  return `${emblems[group.severity]} firing · ${group.severity}`;
}

function isClosed({ dropped, closed }: AlertGroup): boolean {
  return dropped?.closed === true || closed != null;
}

/** Whose it is: a service, or what it calls one that is not known here. */
export function serviceName({ service, named }: AlertGroup): string {
  return service ?? (named == null ? 'no service' : `unknown service ${named}`);
}

/** Its titles, as one; of those that it does not keep, how many. */
export function titleOf({ titles, titleCount }: AlertGroup): string {
  const more = (titleCount ?? 0) - titles.length;
  return `${titles.join(', ') || 'alert'}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The first line, and that of a lock screen: which service, what is wrong with it, and where. */
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
      : line`⏹️ ${of}: ${title} ended after ${long}: ${why}; no all-clear`;
  }
  const summary = label(group.summary, most).replace(/[.\s]+$/, '');
  const what = summary === '' ? `${title} is firing` : summary;
  return line`${emblems[group.severity]} ${of}: ${what}${placeOf(group, context, what)}`;
}

/** Where it fires, when all that does names one color and the sentence does not. */
function placeOf(group: AlertGroup, { record }: AlertContext, what: string): Line {
  const [color, ...others] = [...new Set(firingOf(group).map((member) => member.color))];
  if (color === undefined || others.length > 0 || group.rest != null) return [];
  if (new RegExp(`\\b${color}\\b`, 'i').test(what)) return [];
  const version = record?.colors[color].version;
  return line` on ${signedColor[color]}${version == null ? '' : ` ${version}`}`;
}

/** Who takes care of it, and who hears of it. */
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
  if (quiet !== undefined)
    lines.push(line`🔇 Nothing heard for ${longSpan(quiet)}: if it is over, press Close`);
  return lines;
}

/** What an acknowledgement or a silence was not given for. */
function newCritical(titles: readonly string[]): string {
  const [first, ...others] = [...new Set(titles)];
  if (first === undefined) return '';
  return `; new critical since: ${label(first, 80)}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

/** Hours, and from two days on days. */
function longSpan(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** The last line: `HighErrorRate · critical · since 12:07 · monitoring`; of one that is over what it said. */
export function aboutLine(group: AlertGroup): Line {
  const { severity, since, source, summary, times } = group;
  const again = times > 1 ? ` · opened ${times} times` : '';
  const word = unknownWords(group);
  if (group.status === 'firing')
    return line`${titleOf(group)} · ${severity}${word}${counts(group)} · since ${{ at: since }}${again} · ${source}`;
  const said = summary === '' ? '' : ` · it said: “${label(summary, most)}”`;
  return line`was ${severity} · fired ${{ at: since }}${again} · ${source}${said}`;
}

/** How many fire, where that is more than one, have ended, or are not listed. */
function counts(group: AlertGroup): string {
  const all = Object.values(group.members);
  const firing = all.filter(({ status }) => status === 'firing').length;
  const resolved = all.length - firing;
  const fires = firing + (group.rest?.count ?? 0);
  const few = fires === 1 && resolved === 0 && group.truncated === 0;
  const more = group.truncated > 0 ? `, ${group.truncated} more not listed by the sender` : '';
  return few ? '' : ` · ${fires} firing${resolved > 0 ? `, ${resolved} resolved` : ''}${more}`;
}

/** The words for severity that nobody here knows, of what fires; empty: all are known. */
function unknownWords({ members }: AlertGroup): string {
  const words = Object.values(members).flatMap(({ status, word }) =>
    status === 'firing' && word ? [word] : [],
  );
  const [first, ...others] = [...new Set(words)].slice(0, 3);
  if (first === undefined) return '';
  return `, severity ${[first, ...others].join(', ')} ${others.length === 0 ? 'is' : 'are'} not known here`;
}
