/** The dialogs of the buttons that move traffic: what a press does. */
import { otherColor } from '../../release/color.ts';
import { fedSentence } from '../../release/both-fed.ts';
import { isApart, syncOf } from '../../release/data-sync.ts';
import { urgentVerdict } from '../../release/evidence/words.ts';
import { order } from '../../release/line.ts';
import { noWayBackOf, noWayBackWords, releaseLeft } from '../../release/no-way-back.ts';
import { isReadOnly } from '../../release/read-only.ts';
import { newestRelease } from '../../release/release.ts';
import type { Release, ServiceRecord } from '../../release/release.ts';
import { fitOf, schemaSentence } from '../../release/schema.ts';
import type { Settings } from '../../release/settings.ts';
import { isWayBackDead, wayBack } from '../../release/way-back.ts';
import type { NoWayBack } from '../../release/way-back-schema.ts';
import type { Confirm } from './button.ts';
import { label, plainText } from './mrkdwn.ts';

/** Most characters of a version in a confirm dialog: two of them and the effect fit in its 300. */
const mostVersion = 80;
/** Most characters of a cause. */
const mostCause = 60;
/** Most characters of what asking both colors says, in a dialog. */
const mostVerdict = 150;
/** Most characters of why there is no way back, in a dialog. */
const mostNoWay = 120;

function shown(version: string | null | undefined): string {
  return version == null ? 'an unknown version' : label(version, mostVersion);
}

/** The version of a color, in a dialog. */
export function versionOf(record: ServiceRecord, color: 'blue' | 'green'): string {
  return shown(record.colors[color].version);
}

/** Text for when nobody knows where traffic is. */
export const unknownNow = 'Nobody knows where traffic is now.';

/** What the router says against the record. */
export function saysNow(drift: string): string {
  return `The router says ${drift} now, not what the record says.`;
}

/**
 * What a revert does to traffic. `now`: where traffic is, as far as known; `isThere`: the router already says that
 * color.
 */
function movesBack(
  to: 'blue' | 'green',
  version: string,
  { now, isThere }: { now: string | undefined; isThere: boolean },
): string {
  if (isThere) return `No traffic moves: the router says ${to} ${version} already. The record follows.`;
  const there = `${to}, back to ${version}.`;
  return now === undefined
    ? `100 % of traffic moves ${otherColor(to)} → ${there}`
    : `${now} 100 % of traffic moves to ${there}`;
}

/** Says whether the revert loses writes, where each color has databases of its own. */
function dataWords(record: ServiceRecord): string {
  const sync = syncOf(record);
  if (sync === undefined) return '';
  if (sync.asked === false) return '';
  if (!isApart(sync)) return ' A revert loses no write.';
  const missed = sync.missed ? ` ${label(sync.missed, mostCause)}.` : '';
  return ` It is refused while the databases are not in sync.${missed} Force… moves traffic anyway.`;
}

/**
 * `100 % of traffic moves green → blue, back to v1.41.3.` Without `settings` the text does not announce the lock after
 * it.
 */
export function revertConfirm(record: ServiceRecord, settings?: Settings, drift?: string): Confirm {
  const back = wayBack(record);
  const to = back?.color ?? record.live;
  const now = record.state === 'stuck' ? unknownNow : drift === undefined ? undefined : saysNow(drift);
  const moves = movesBack(to, shown(back?.version), {
    now,
    isThere: record.state !== 'stuck' && drift === to,
  });
  const said = urgentVerdict(record);
  const cause = label(record.bake?.wayBackCause ?? 'no answer', mostCause);
  // Slack cuts the dialog's end: where the verdict speaks of that color, its cause is left out.
  const stands = noWayBackOf(record);
  const refused =
    said.length > 0
      ? `It will be refused unless ${to} answers when you press`
      : `${to} does not answer well: ${cause}. This will be refused unless it answers when you press`;
  const dead = stands
    ? `${noWay(stands)} This will be refused; Force… in the answer moves traffic anyway. `
    : isWayBackDead(record)
      ? `${refused}; Force… moves traffic anyway. `
      : '';
  const verdict = said.length > 0 ? `${plainText(said, mostVerdict)} ` : '';
  const staged = record.state === 'staging' || record.state === 'staged';
  const drops = staged ? ` The stage of #${record.sequence} is dropped.` : '';
  // While nobody can write, nothing is on the live color that the other one has not.
  const writes = isReadOnly(record)
    ? ' Nobody can write now, so a revert loses no write.'
    : dataWords(record);
  const kept = (releaseLeft(record) ?? newestRelease(record))?.schema;
  const schema = ` ${schemaSentence(kept, to)} `.replace(/^ +/, '');
  const locks = settings?.revert.lockAfterRevert === true ? ' The service is locked afterwards.' : '';
  return {
    title: `Revert ${record.service}?`,
    text: `${stands ? dead + schema + verdict : verdict + dead + schema}${moves}${fedSentence(record)}${writes}${drops}${locks}`,
    yes: `Revert to ${to}`,
    danger: true,
  };
}

/** `No way back: it drops a column.` */
function noWay(stands: NoWayBack): string {
  return order(label(noWayBackWords(stands), mostNoWay));
}

/** `100 % of traffic moves blue → green, from v1.41.3 to v1.42.0.` */
function promoteEffect(record: ServiceRecord, release: Release): string {
  const from = record.live;
  const after = release.noWayBack ? noWay(release.noWayBack) : `${from} stays the version to go back to.`;
  const schema = schemaSentence(release.schema, release.color);
  const misfit = fitOf(release.schema, release.color)?.fits === false;
  return `${misfit ? `${schema} The promote is refused. ` : ''}100 % of traffic moves ${from} → ${otherColor(from)}, from ${versionOf(record, from)} to ${shown(release.version)}. ${after}${schema === '' || misfit ? '' : ` ${schema}`}`;
}

/** The dialog of Promote: its effect, or what stops it. */
export function promoteConfirm(
  record: ServiceRecord,
  release: Release,
  settings?: Settings,
  drift?: string,
): Confirm {
  const title = `Promote ${record.service} #${release.number}?`;
  const effect = drift === undefined ? promoteEffect(record, release) : stopsAt(drift);
  const approvals = settings?.promotion.approvals ?? 0;
  if (approvals === 0 || record.request?.status === 'granted')
    return { title, text: effect, yes: 'Promote to 100 %' };
  const asked = `Asks for ${approvals} ${approvals === 1 ? 'approval' : 'approvals'} first. Then: `;
  return { title, text: `${asked}${effect}`, yes: 'Ask for approval' };
}

/** Says that a promote would stop at this drift: it asks the router first. */
function stopsAt(drift: string): string {
  return `${saysNow(drift)} The promote is refused until they agree.`;
}

/** The dialog of Approve. */
export function approveConfirm(record: ServiceRecord, release: Release, drift?: string): Confirm {
  const { needed = 1, approvals = [] } = record.request ?? {};
  const missing = needed - approvals.length - 1;
  const when = missing > 0 ? `After ${missing} more ${missing === 1 ? 'approval' : 'approvals'}: ` : '';
  return {
    title: `Approve ${record.service} #${release.number}?`,
    text: `${when}${drift === undefined ? promoteEffect(record, release) : stopsAt(drift)}`,
    yes: 'Approve',
  };
}
