import { noWayBackOf } from '../../release/no-way-back.ts';
import { idleColor } from '../../release/release.ts';
import type { Release, ServiceRecord } from '../../release/release.ts';
import type { Settings } from '../../release/settings.ts';
import { button } from './button.ts';
import type { About } from './button.ts';
import { approveConfirm, promoteConfirm, revertConfirm, saysNow, unknownNow, versionOf } from './confirms.ts';
import { label } from './mrkdwn.ts';
import { isWayBackDead, wayBack } from '../../release/way-back.ts';

type Button = Record<string, unknown>;
/** Most characters of a version on a button. */
const mostOnButton = 30;

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
