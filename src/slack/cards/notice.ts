import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { ServiceRecord } from '../../release/release.ts';
import type { Notice } from '../../release/store.ts';
import { forceButton } from '../reply.ts';
import type { SlackMessage } from '../reply.ts';
import { button } from './button.ts';
import type { About } from './button.ts';
import { mendButtons, revertButton } from './card-buttons.ts';
import { mrkdwn, plainText } from './line.ts';

/** Lines that one message takes, of progress and of adoptions. */
export const mostMerged = 20;

function buttonsOf(notice: Notice, record: ServiceRecord | null): Record<string, unknown>[] {
  if (notice.buttons === undefined) return [];
  const about: About = {
    service: notice.service,
    release: notice.about?.release ?? null,
    epoch: notice.about?.epoch ?? 0,
  };
  if (notice.buttons === 'force') {
    const force = forceButton({ service: about.service, release: about.release, epoch: about.epoch });
    return [button(force.action, force.label, about, { style: 'danger' })];
  }
  if (notice.buttons === 'lock') return [button('lock.extend', 'Extend by 8 h', about)];
  if (!record) return [];
  switch (notice.buttons) {
    case 'drift': {
      const { retry, adopt } = mendButtons(record, about, true);
      return [retry, adopt];
    }
    case 'stuck': {
      const { retry, adopt } = mendButtons(record, about, false);
      return [retry, revertButton(record, about), adopt];
    }
    case 'unhealthy':
      return [revertButton(record, about)];
    default:
      return notice.buttons satisfies never;
  }
}

/**
 * Draws one message of these notices: one, or several of progress (or of adoption) of which each is a line. `record`:
 * the service's, for the effects that buttons confirm.
 */
export function noticeMessage(notices: readonly Notice[], record: ServiceRecord | null): SlackMessage {
  const first = notices[0];
  const adopted = first?.kind === 'adopted';
  const shown = notices.slice(0, mostMerged);
  const heads: Line[] = adopted ? [line`Seen for the first time and adopted as they run:`] : [];
  const rest = notices.length - shown.length;
  const tail: Line[] = rest > 0 ? [line`… and ${rest} more.`] : [];
  const lines = [
    ...heads,
    ...shown.map((notice) => (adopted ? line`• ${notice.text}` : notice.text)),
    ...tail,
  ];
  const most = Math.floor(2_900 / lines.length);
  const blocks: Record<string, unknown>[] = [
    {
      type: 'section',
      text: { type: 'mrkdwn', text: lines.map((each) => mrkdwn(each, most - 1)).join('\n'), verbatim: true },
    },
  ];
  const buttons = first && notices.length === 1 ? buttonsOf(first, record) : [];
  if (buttons.length > 0) blocks.push({ type: 'actions', elements: buttons });
  return { text: lines.map((each) => plainText(each, most - 1)).join('\n'), blocks };
}
