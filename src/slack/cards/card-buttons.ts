import { otherColor } from '../../release/color.ts';
import { wayBack } from '../../release/gates.ts';
import { idleColor } from '../../release/release.ts';
import type { Release, ServiceRecord } from '../../release/release.ts';
import { button } from './button.ts';
import type { About, Confirm } from './button.ts';

type Button = Record<string, unknown>;

function versionOf(record: ServiceRecord, color: 'blue' | 'green'): string {
  return record.colors[color].version ?? 'an unknown version';
}

/** `100 % of traffic moves green → blue, back to v1.41.3.` */
export function revertConfirm(record: ServiceRecord): Confirm {
  const back = wayBack(record);
  const to = back?.color ?? record.live;
  const version = back?.version ?? 'an unknown version';
  const moves = `100 % of traffic moves ${otherColor(to)} → ${to}, back to ${version}.`;
  return {
    title: `Revert ${record.service}?`,
    text: `${moves} The service is locked afterwards.`,
    yes: `Revert to ${to}`,
    danger: true,
  };
}

/** `100 % of traffic moves blue → green, to v1.42.0.` */
function promoteConfirm(record: ServiceRecord, release: Release, title: string, yes: string): Confirm {
  const from = record.live;
  return {
    title,
    text: `100 % of traffic moves ${from} → ${otherColor(from)}, from ${versionOf(record, from)} to ${release.version}. ${from} stays the way back.`,
    yes,
  };
}

/** Buttons that mend a disagreement with the router, on the card and on notices. */
export function mendButtons(
  record: ServiceRecord,
  about: About,
  drift: boolean,
): { retry: Button; adopt: Button } {
  const { live, op } = record;
  const target = drift ? live : (op?.target ?? live);
  return {
    retry: button('release.retry', drift ? 'Put back' : 'Retry', about, {
      confirm: {
        title: drift ? `Put ${record.service} back?` : `Try ${record.service} again?`,
        text: `100 % of traffic moves to ${target}, ${versionOf(record, target)}.`,
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

/** The revert button, with its effect to confirm. */
export function revertButton(record: ServiceRecord, about: About): Button {
  return button('release.revert', 'Revert', about, { style: 'danger', confirm: revertConfirm(record) });
}

/** The buttons of the newest release's card, by the table of SPEC 5. */
export function cardButtons(record: ServiceRecord, release: Release): Button[] {
  const about: About = { service: record.service, release: release.id, epoch: record.epoch };
  const cancel = button(
    'release.cancel',
    record.request?.status === 'open' ? 'Cancel request' : 'Cancel',
    about,
  );
  switch (record.state) {
    case 'staged':
      if (record.request?.status === 'open') {
        const title = `Approve ${record.service} #${release.number}?`;
        return [
          button('release.approve', 'Approve', about, {
            style: 'primary',
            confirm: promoteConfirm(record, release, title, 'Approve'),
          }),
          button('release.reject', 'Reject', about),
          cancel,
        ];
      }
      return [
        button('release.promote', 'Promote', about, {
          style: 'primary',
          confirm: promoteConfirm(
            record,
            release,
            `Promote ${record.service} #${release.number}?`,
            'Promote to 100 %',
          ),
        }),
        cancel,
      ];
    case 'promoting':
    case 'baking':
      return [revertButton(record, about)];
    case 'idle':
      return record.colors[idleColor(record)].role === 'previous' ? [revertButton(record, about)] : [];
    case 'stuck': {
      const { retry, adopt } = mendButtons(record, about, false);
      return [retry, revertButton(record, about), adopt];
    }
    case 'staging':
    case 'reverting':
      return [];
    default:
      return record.state satisfies never;
  }
}
