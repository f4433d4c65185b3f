import { otherColor } from '../../release/color.ts';
import { isApart, syncOf } from '../../release/data-sync.ts';
import { isReadOnly } from '../../release/read-only.ts';
import { idleColor } from '../../release/release.ts';
import type { Release, ServiceRecord } from '../../release/release.ts';
import type { Settings } from '../../release/settings.ts';
import { button } from './button.ts';
import type { About, Confirm } from './button.ts';
import { urgentVerdict } from '../../release/evidence/words.ts';
import { label, plainText } from './mrkdwn.ts';
import { order } from '../../release/line.ts';
import { noWayBackOf, noWayBackWords } from '../../release/no-way-back.ts';
import type { NoWayBack } from '../../release/way-back-schema.ts';
import { isWayBackDead, wayBack } from '../../release/way-back.ts';

type Button = Record<string, unknown>;

/** Most characters of a version in a confirm dialog: two of them and the effect fit in its 300. */
const mostVersion = 80;
/** Most characters of a version on a button, and of a cause in a dialog. */
const mostOnButton = 30;
const mostCause = 60;
/** Most characters of what asking both colors says, in a dialog. */
const mostVerdict = 150;
/** Most characters of why there is no way back, in a dialog. */
const mostNoWay = 120;

function shown(version: string | null | undefined): string {
  return version == null ? 'an unknown version' : label(version, mostVersion);
}

function versionOf(record: ServiceRecord, color: 'blue' | 'green'): string {
  return shown(record.colors[color].version);
}

/** Text for when nobody knows where traffic is. */
const unknownNow = 'Nobody knows where traffic is now.';

function saysNow(drift: string): string {
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
  if (!isApart(sync)) return ' A revert loses no write.';
  const missed = sync.missed ? ` ${label(sync.missed, mostCause)}.` : '';
  return ` It is refused while the databases are not in sync.${missed} Force… moves traffic anyway.`;
}

/**
 * `100 % of traffic moves green → blue, back to v1.41.3.` Without `settings` the text does not announce the lock after
 * it.
 */
function revertConfirm(record: ServiceRecord, settings?: Settings, drift?: string): Confirm {
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
  const locks = settings?.revert.lockAfterRevert === true ? ' The service is locked afterwards.' : '';
  return {
    title: `Revert ${record.service}?`,
    text: `${stands ? dead + verdict : verdict + dead}${moves}${writes}${drops}${locks}`,
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
  return `100 % of traffic moves ${from} → ${otherColor(from)}, from ${versionOf(record, from)} to ${shown(release.version)}. ${after}`;
}

function promoteConfirm(
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

function approveConfirm(record: ServiceRecord, release: Release, drift?: string): Confirm {
  const { needed = 1, approvals = [] } = record.request ?? {};
  const missing = needed - approvals.length - 1;
  const when = missing > 0 ? `After ${missing} more ${missing === 1 ? 'approval' : 'approvals'}: ` : '';
  return {
    title: `Approve ${record.service} #${release.number}?`,
    text: `${when}${drift === undefined ? promoteEffect(record, release) : stopsAt(drift)}`,
    yes: 'Approve',
  };
}

/** The label of Retry: what it does again. */
function againLabel({ op }: ServiceRecord): string {
  if (op?.kind === 'promote') return `Retry the promotion of ${label(op.version ?? '', mostOnButton)}`;
  return op?.kind === 'revert' ? `Retry the revert to ${op.target}` : 'Retry';
}

/**
 * Buttons that repair a disagreement with the router, on the card and on notices. With `drift` (what the router says)
 * they fix that; otherwise Retry repeats the stuck operation.
 */
export function repairButtons(
  record: ServiceRecord,
  about: About,
  drift?: string,
): { retry: Button; adopt: Button } {
  const { live, op } = record;
  const target = drift === undefined ? (op?.target ?? live) : live;
  const to = `${target} ${label(record.colors[target].version ?? '', mostOnButton)}`.trimEnd();
  // The value names the operation: Put back and Retry may move traffic to different colors.
  const again: About = drift !== undefined || op === null ? about : { ...about, subject: op.id };
  const elsewhere = drift === 'blue' || drift === 'green';
  const keeps = elsewhere ? `Keep ${drift}` : 'Adopt';
  const now = drift === undefined ? `${unknownNow} ` : elsewhere ? '' : `${saysNow(drift)} `;
  const moves = elsewhere ? `${drift} → ${target}` : `to ${target}`;
  return {
    retry: button('release.retry', drift === undefined ? againLabel(record) : `Put back to ${to}`, again, {
      confirm: {
        title: drift === undefined ? `Try ${record.service} again?` : `Put ${record.service} back?`,
        text: `${now}100 % of traffic moves ${moves}, ${versionOf(record, target)}.`,
        yes: drift === undefined ? `Move to ${target}` : `Put back to ${target}`,
      },
    }),
    adopt: button('release.adopt', `${keeps} (admin)`, about, {
      confirm: {
        title: keeps === 'Adopt' ? 'Adopt what the router says?' : `${keeps} live?`,
        text: `No traffic moves${elsewhere ? `: it stays on ${drift}` : ''}. The record of ${record.service} follows${elsewhere ? '' : ' the router'}; a staged release or bake ends.`,
        yes: keeps,
      },
    }),
  };
}

/** The button that records the version that the live color reports. */
export function versionButton({ service, live }: ServiceRecord, about: About): Button {
  return button('release.adopt', 'Adopt', about, {
    confirm: {
      title: `Adopt what ${live} runs?`,
      text: `No traffic moves. The record of ${service} takes over the version that ${live} reports.`,
      yes: 'Adopt',
    },
  });
}

/** The revert button: its `name`, its target, and a dialog with its effect. */
export function revertButton(
  record: ServiceRecord,
  about: About,
  settings?: Settings,
  drift: string | undefined = record.drift?.saw,
  name?: string,
): Button {
  const back = wayBack(record);
  const to = back === undefined ? '' : ` to ${back.color} ${label(back.version ?? '', mostOnButton)}`;
  return button('release.revert', `${name ?? 'Revert'}${to.trimEnd()}`, about, {
    // A button that will be refused is not the primary one.
    ...(!isWayBackDead(record) && !noWayBackOf(record) && { style: 'danger' }),
    confirm: revertConfirm(record, settings, drift),
  });
}

/** The buttons that answer the open request; none without a request. */
export function answerButtons(
  record: ServiceRecord,
  release: Release,
  about: About,
  drift: string | undefined = record.drift?.saw,
): Button[] {
  const { request } = record;
  if (request?.status !== 'open') return [];
  // The value names the request: a second press must neither close a later request nor approve it.
  const asked: About = { ...about, subject: request.id };
  return [
    button('release.approve', 'Approve', asked, {
      style: 'primary',
      confirm: approveConfirm(record, release, drift),
    }),
    button('release.reject', 'Reject', asked),
  ];
}

/** What a router says that names neither color. Of several that disagree, an admin can adopt what they agree on later. */
export const nothingToAdopt = 'unknown';

/** The buttons of the newest release's card. `drift`: what the router says against the record. */
export function cardButtons(
  record: ServiceRecord,
  release: Release,
  settings?: Settings,
  drift?: string,
): Button[] {
  const usual = usualButtons(record, release, settings, drift).map((each) => toned(record, each));
  if (drift === undefined || record.op !== null) return usual;
  const about: About = { service: record.service, release: release.id, epoch: record.epoch };
  const { retry, adopt } = repairButtons(record, about, drift);
  return [retry, ...(drift === nothingToAdopt ? [] : [adopt]), ...usual];
}

/** Keeps Revert red only in an unhealthy bake: elsewhere all is well, or another step comes first. */
export function toned({ bake, state }: ServiceRecord, each: Button): Button {
  const sick = state === 'baking' && bake?.verdict === 'unhealthy';
  if (each['action_id'] !== 'release.revert' || sick) return each;
  const { style: _none, ...plain } = each;
  return plain;
}

function usualButtons(
  record: ServiceRecord,
  release: Release,
  settings?: Settings,
  drift?: string,
): Button[] {
  const about: About = { service: record.service, release: release.id, epoch: record.epoch };
  switch (record.state) {
    case 'staged':
      if (record.request?.status === 'open')
        return [
          ...answerButtons(record, release, about, drift),
          button('release.cancel', 'Cancel request', { ...about, subject: record.request.id }),
        ];
      return [
        button('release.promote', 'Promote', about, {
          style: 'primary',
          confirm: promoteConfirm(record, release, settings, drift),
        }),
        button('release.cancel', 'Cancel', about),
      ];
    case 'promoting':
    case 'baking':
      return [revertButton(record, about, settings, drift)];
    case 'idle': {
      const unlock = record.lock?.holder.kind === 'system' ? [button('lock.unlock', 'Unlock', about)] : [];
      const back = record.colors[idleColor(record)].role === 'previous';
      return [...(back ? [revertButton(record, about, settings, drift)] : []), ...unlock];
    }
    case 'stuck': {
      const { retry, adopt } = repairButtons(record, about);
      return [retry, revertButton(record, about, settings, drift), adopt];
    }
    case 'staging':
      return wayBack(record) === undefined ? [] : [revertButton(record, about, settings, drift)];
    case 'reverting':
      return [];
    default:
      return record.state satisfies never;
  }
}
