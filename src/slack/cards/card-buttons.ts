import { otherColor } from '../../release/color.ts';
import { idleColor } from '../../release/release.ts';
import type { Release, ServiceRecord } from '../../release/release.ts';
import type { Settings } from '../../release/settings.ts';
import { button } from './button.ts';
import type { About, Confirm } from './button.ts';
import { label } from './line.ts';
import { wayBack } from '../../release/way-back.ts';

type Button = Record<string, unknown>;

/** Characters of a version in a confirm dialog: two of them and the effect fit in its 300. */
const mostVersion = 80;

function shown(version: string | null | undefined): string {
  return version == null ? 'an unknown version' : label(version, mostVersion);
}

function versionOf(record: ServiceRecord, color: 'blue' | 'green'): string {
  return shown(record.colors[color].version);
}

/** `100 % of traffic moves green → blue, back to v1.41.3.` Without `settings` the lock after it is not foretold. */
function revertConfirm(record: ServiceRecord, settings?: Settings, drift?: string): Confirm {
  const back = wayBack(record);
  const to = back?.color ?? record.live;
  const moves =
    drift === undefined
      ? `100 % of traffic moves ${otherColor(to)} → ${to}, back to ${shown(back?.version)}.`
      : `The router says ${drift} now, not what the record says. 100 % of traffic moves to ${to}, back to ${shown(back?.version)}.`;
  const dead = record.bake?.wayBack === 'dead' ? ` ${to} does not answer well now.` : '';
  const staged = record.state === 'staging' || record.state === 'staged';
  const drops = staged ? ` The stage of #${record.sequence} is dropped.` : '';
  const locks = settings?.revert.lockAfterRevert === true ? ' The service is locked afterwards.' : '';
  return {
    title: `Revert ${record.service}?`,
    text: `${moves}${drops}${dead}${locks}`,
    yes: `Revert to ${to}`,
    danger: true,
  };
}

/** `100 % of traffic moves blue → green, from v1.41.3 to v1.42.0.` */
function promoteEffect(record: ServiceRecord, release: Release): string {
  const from = record.live;
  return `100 % of traffic moves ${from} → ${otherColor(from)}, from ${versionOf(record, from)} to ${shown(release.version)}. ${from} stays the way back.`;
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

/** A promote asks the router first. */
function stopsAt(drift: string): string {
  return `The router says ${drift} now, not what the record says: the promote stops while it does.`;
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

/** Buttons that repair a disagreement with the router, on the card and on notices. */
export function repairButtons(
  record: ServiceRecord,
  about: About,
  drift: boolean,
): { retry: Button; adopt: Button } {
  const { live, op } = record;
  const target = drift ? live : (op?.target ?? live);
  // Named in the value: Put back and Retry may move traffic to different colors.
  const again: About = drift || op === null ? about : { ...about, subject: op.id };
  return {
    retry: button('release.retry', drift ? 'Put back' : 'Retry', again, {
      confirm: {
        title: drift ? `Put ${record.service} back?` : `Try ${record.service} again?`,
        text: `100 % of traffic moves ${otherColor(target)} → ${target}, ${versionOf(record, target)}.`,
        yes: drift ? `Put back to ${target}` : `Move to ${target}`,
      },
    }),
    adopt: button('release.adopt', 'Adopt', about, {
      confirm: {
        title: `Adopt what the router says?`,
        text: `No traffic moves. The record of ${record.service} takes over the color that the router says; a staged release or bake ends.`,
        yes: 'Adopt',
      },
    }),
  };
}

/** The button that takes the version that the live color reports into the record. */
export function versionButton({ service, live }: ServiceRecord, about: About): Button {
  return button('release.adopt', 'Adopt', about, {
    confirm: {
      title: `Adopt what ${live} runs?`,
      text: `No traffic moves. The record of ${service} takes over the version that ${live} reports.`,
      yes: 'Adopt',
    },
  });
}

/** The revert button, with its effect to confirm. */
export function revertButton(
  record: ServiceRecord,
  about: About,
  settings?: Settings,
  drift: string | undefined = record.drift?.saw,
): Button {
  return button('release.revert', 'Revert', about, {
    style: 'danger',
    confirm: revertConfirm(record, settings, drift),
  });
}

/** The buttons that answer the open request; none without one. */
export function answerButtons(
  record: ServiceRecord,
  release: Release,
  about: About,
  drift: string | undefined = record.drift?.saw,
): Button[] {
  const { request } = record;
  if (request?.status !== 'open') return [];
  // Named in the value: a second press must not close what comes after this request, nor approve it.
  const asked: About = { ...about, subject: request.id };
  return [
    button('release.approve', 'Approve', asked, {
      style: 'primary',
      confirm: approveConfirm(record, release, drift),
    }),
    button('release.reject', 'Reject', asked),
  ];
}

/** The buttons of the newest release's card. */
export function cardButtons(
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
    case 'idle':
      return record.colors[idleColor(record)].role === 'previous'
        ? [revertButton(record, about, settings, drift)]
        : [];
    case 'stuck': {
      const { retry, adopt } = repairButtons(record, about, false);
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
