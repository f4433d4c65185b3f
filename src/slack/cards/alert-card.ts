/** The parent message of a group of alerts: drawn again at every change. */
import { who } from '../../release/draft.ts';
import type { AlertGroup, Follows, Severity, Silence } from '../../release/alerts/alert.ts';
import { goneLine } from '../../release/alerts/drop.ts';
import { quietForMs } from '../../release/alerts/heard.ts';
import { endedBy, lasted, unreadableWords } from '../../release/alerts/tell.ts';
import { isSilent } from '../../release/alerts/beside.ts';
import type { Beside } from '../../release/alerts/beside.ts';
import { followed, followsLine, idleNamed, offersRevert, spanOf } from '../../release/alerts/follows.ts';
import { isUnacknowledged, sinceAcknowledged, untold } from '../../release/alerts/told.ts';
import { revertLine } from '../../release/alerts/reverted.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { SlackMessage } from '../reply.ts';
import { revertButton } from './card-buttons.ts';
import type { About } from './button.ts';
import { label, mrkdwn, plainText, safeUrl } from './line.ts';

/** Characters of a line on a lock screen, and of the card's lines. */
const most = { text: 150, line: 1_200 } as const;

/** Seen at a glance; the word beside it says the same. */
const emblems: Readonly<Record<Severity, string>> = {
  critical: '🚨',
  warning: '⚠️',
  info: 'ℹ️',
  unknown: '🔔',
};

const silenceWords: Readonly<Record<Silence, string>> = {
  '30m': '30 min',
  '1h': '1 h',
  '4h': '4 h',
  release: 'Until this release settles',
};

/** `critical firing` and its emblem, `resolved`, or `closed` for one whose end nobody has told. */
export function heading(group: AlertGroup): string {
  if (group.dropped?.closed === true) return '⏹️ closed';
  const why = endedBy(group);
  return group.status === 'resolved'
    ? why === ''
      ? '✅ resolved'
      : `⏹️ resolved · ${why}`
    : `${emblems[group.severity]} firing · ${group.severity}`;
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

function counts(group: AlertGroup): string {
  const all = Object.values(group.members);
  const firing = all.filter(({ status }) => status === 'firing').length;
  const resolved = all.length - firing;
  const fires = firing + (group.rest?.count ?? 0);
  const more = group.truncated > 0 ? `, ${group.truncated} more not listed by the sender` : '';
  return `${fires} firing${resolved > 0 ? `, ${resolved} resolved` : ''}${more}`;
}

/** What the release's cards and this one agree on is the record: whoever presses is checked against it again. */
function about(beside: Beside): About | undefined {
  const { record } = beside;
  return record === null
    ? undefined
    : { service: record.service, release: record.releases[0]?.id ?? null, epoch: record.epoch };
}

/** The way back that a group offers: red where it is likely the release's. Undefined: none. */
export function revertOf(group: AlertGroup, beside: Beside): Record<string, unknown> | undefined {
  const { record, settings } = beside;
  const of = about(beside);
  const offered = offersRevert(group, beside);
  if (offered === undefined || record === null || of === undefined) return undefined;
  const revert = revertButton(record, of, settings);
  if (offered === 'first') return revert;
  const { style: _none, ...plain } = revert;
  return plain;
}

/** The button that takes a group on. */
export function acknowledgeButton({ id }: Pick<AlertGroup, 'id'>): Record<string, unknown> {
  return {
    type: 'button',
    action_id: 'alert.acknowledge',
    text: { type: 'plain_text', text: 'Acknowledge', emoji: false },
    value: JSON.stringify({ a: id }),
  };
}

function buttonsOf(group: AlertGroup, beside: Beside): Record<string, unknown>[] {
  if (group.status === 'resolved' || group.dropped) return [];
  const buttons: Record<string, unknown>[] = [];
  const { record } = beside;
  const offered = offersRevert(group, beside);
  const revert = revertOf(group, beside);
  if (revert !== undefined && offered === 'first') buttons.push(revert);
  if (isUnacknowledged(group)) buttons.push(acknowledgeButton(group));
  const choices: Silence[] = ['30m', '1h', '4h'];
  const baking = record?.releases.find(({ status }) => status === 'baking');
  if (baking !== undefined) choices.push('release');
  buttons.push({
    type: 'static_select',
    action_id: 'alert.silence',
    placeholder: { type: 'plain_text', text: 'Silence…', emoji: false },
    options: choices.map((choice) => ({
      text: { type: 'plain_text', text: silenceWords[choice], emoji: false },
      value: JSON.stringify({ a: group.id, f: choice, ...(choice === 'release' && { r: baking?.id }) }),
    })),
  });
  if (revert !== undefined && offered === 'last') buttons.push(revert);
  return buttons;
}

function linkButtons(group: AlertGroup): Record<string, unknown>[] {
  return group.links.flatMap(({ label: name, url }, i) => {
    const href = safeUrl(url);
    if (href === undefined) return [];
    const text = { type: 'plain_text', text: label(name, 40) || 'Link', emoji: false };
    return [{ type: 'button', action_id: `link.${i}`, text, url: href }];
  });
}

function whenLine(group: AlertGroup): Line {
  const began: Line = ['began ', { at: group.since }];
  if (group.dropped?.closed === true) return line`Closed ${{ at: group.dropped.at }}, ${began}`;
  if (group.status === 'resolved')
    return line`${endedBy(group) === '' ? 'Resolved' : 'Ended'} after ${lasted(group)}, ${began}`;
  return line`Since ${{ at: group.since }} · ${counts(group)}`;
}

/** The words for severity that nobody here knows, of what fires; empty: all are known. */
function unknownWords({ members }: AlertGroup): string {
  const words = Object.values(members).flatMap(({ status, word }) =>
    status === 'firing' && word ? [word] : [],
  );
  const [first, ...others] = [...new Set(words)].slice(0, 3);
  if (first === undefined) return '';
  return `severity ${[first, ...others].join(', ')} ${others.length === 0 ? 'is' : 'are'} not known here`;
}

/** Hours, and from two days on days. */
function longSpan(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** What an acknowledgement or a silence was not given for. */
function newCritical(titles: readonly string[]): string {
  const { size } = new Set(titles);
  return size === 0 ? '' : `; ${size} new critical since`;
}

/** What it has to do with the release. */
function besideLine(group: AlertGroup, beside: Beside): Line {
  const began = followsLine(followed(group, beside));
  const idle = idleNamed(group, beside);
  if (idle === undefined) return began;
  return line`${began}${began.length === 0 ? '' : ' '}All that fires is labelled ${idle}, which is not live.`;
}

/** The same on a lock screen, where the number alone names the release. */
function beganShort(follows: Follows | null): string {
  if (follows === null) return '';
  const { afterMs, beforeMs, number } = follows;
  const part = beforeMs === undefined ? '' : 'part ';
  return ` · ${part}${spanOf(Math.abs(afterMs))} ${afterMs < 0 ? 'before' : 'after'} #${number} went live`;
}

/** Draws the parent of a group. */
export function alertCard(group: AlertGroup, beside: Beside): SlackMessage {
  const blocks: Record<string, unknown>[] = [];
  const add = (name: string, block: Record<string, unknown>): void => {
    blocks.push({ ...block, block_id: `alert:${group.revision}:${beside.record?.revision ?? 0}:${name}` });
  };
  const text = (one: Line) => ({ type: 'mrkdwn', text: mrkdwn(one, most.line), verbatim: true });
  // What shows nothing, as text from outside may, is no section to Slack.
  const section = (name: string, one: Line): void => {
    if (mrkdwn(one, most.line).trim() !== '') add(name, { type: 'section', text: text(one) });
  };
  const unknown: Line =
    group.named == null ? ['no known service'] : line`unknown service ${{ bold: group.named }}`;
  const of: Line = group.service === null ? unknown : [{ bold: group.service }];
  add('title', {
    type: 'section',
    text: text(line`${heading(group)} · ${{ bold: titleOf(group) }} · ${of}`),
  });
  const times = group.times > 1 ? ` · opened ${group.times} times` : '';
  add('since', { type: 'section', text: text(line`${whenLine(group)}${times}`) });
  section('dropped', group.dropped ? goneLine(group, group.dropped.what) : []);
  section('follows', besideLine(group, beside));
  section('reverted', revertLine(group, beside));
  section('compared', [group.compared ?? '']);
  section('unreadable', [unreadableWords(group)]);
  section('severity', [unknownWords(group)]);
  const notes: Line[] = [];
  if (group.summary !== '') notes.push([group.summary]);
  if (group.acknowledged !== null && group.status === 'firing')
    notes.push(
      line`👀 Acknowledged by ${who(group.acknowledged.actor)} ${{ at: group.acknowledged.at }}${newCritical(sinceAcknowledged(group))}`,
    );
  if (isSilent(group, beside) && group.silenced !== null)
    notes.push(
      line`🔕 Silenced by ${who(group.silenced.actor)} ${group.silenced.until === null ? 'until this release settles' : ['until ', { at: group.silenced.until }]}${newCritical(untold(group).map(({ title }) => title))}`,
    );
  const quiet = quietForMs(group, beside.now);
  if (quiet !== undefined) notes.push([`Nothing heard for ${longSpan(quiet)}`]);
  notes.push([`from ${group.source}`]);
  const shown = notes.map(text).filter(({ text: words }) => words.trim() !== '');
  add('notes', { type: 'context', elements: shown });
  const elements = [...buttonsOf(group, beside), ...linkButtons(group)];
  if (elements.length > 0) add('buttons', { type: 'actions', elements });
  const lock = `${heading(group)}: ${titleOf(group)} · ${serviceName(group)}${beganShort(followed(group, beside))}${group.summary === '' ? '' : ` · ${group.summary}`}`;
  return { text: plainText([label(lock, most.text)], most.text), blocks };
}
