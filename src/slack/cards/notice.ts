import { countdownOf, mayHold } from '../../release/auto-revert/rule.ts';
import { countdownHead, countdownWhy } from '../../release/auto-revert/words.ts';
import { joinedBy, line, plain, typed } from '../../release/line.ts';
import { forOwner } from '../../release/mention.ts';
import type { Line } from '../../release/line.ts';
import { urgentVerdict } from '../../release/evidence/words.ts';
import { newestRelease } from '../../release/release.ts';
import type { ServiceRecord } from '../../release/release.ts';
import type { Settings } from '../../release/settings.ts';
import type { Notice } from '../../release/store.ts';
import { refusedBecause, stillUnreverted } from '../../release/way-back.ts';
import { mostNote } from '../reply.ts';
import type { SlackMessage } from '../reply.ts';
import { button } from './button.ts';
import type { About } from './button.ts';
import type { LineChart } from './chart.ts';
import {
  answerButtons,
  nothingToAdopt,
  repairButtons,
  revertButton,
  toned,
  versionButton,
} from './card-buttons.ts';
import { label, mrkdwn, plainText } from './mrkdwn.ts';
import { fitting, sections } from './sections.ts';

/** Most lines of progress in one message. */
export const mostMerged = 20;

/** Most characters of a line: alone, among merged ones, and of an adoption. All merged lines fit in one message. */
const mostAlone = 2_900;
const mostAmong = 550;
const mostAdopted = 250;
/** Most characters of the text next to the blocks: Slack may show it alone. */
const mostText = 3_000;

/** Emoji for notices that need a person at once; the words next to it say the same. */
const emblems: Readonly<Record<NonNullable<Notice['buttons']>, string>> = {
  request: '',
  drift: '🚨 ',
  stuck: '🚨 ',
  unhealthy: '🚨 ',
  lock: '🔒 ',
  countdown: '⏱️ ',
  // The answer to a command begins with its code.
  force: '',
};

/** How the request of this notice ended; undefined: it is open, or the notice asks for nothing. */
function endedAsk({ id, asks }: Notice, record: ServiceRecord): Line | undefined {
  if (asks === undefined || asks === 'alert') return undefined;
  const ask = record.asks?.find((each) => each.id === id);
  return ask === undefined ? line`No longer open.` : ask.ended;
}

function buttonsOf(
  notice: Notice,
  record: ServiceRecord | null,
  settings: Settings | undefined,
): Record<string, unknown>[] {
  if (notice.buttons === undefined) return [];
  const about: About = {
    service: notice.service,
    release: notice.about?.release ?? null,
    epoch: notice.about?.epoch ?? 0,
  };
  if (notice.buttons === 'force') {
    const refused = record ? stillUnreverted(record) : undefined;
    const note = refused && label(`${refusedBecause(refused, refused.version)}: ${refused.cause}`, mostNote);
    return [button('release.force', 'Force…', { ...about, note }, { style: 'danger' })];
  }
  if (notice.buttons === 'lock') return [button('lock.extend', 'Extend by 8 h', about)];
  if (!record) return [];
  switch (notice.buttons) {
    case 'request': {
      const release = newestRelease(record);
      return release ? answerButtons(record, release, about) : [];
    }
    case 'drift': {
      const { retry, adopt } = repairButtons(record, about, record.drift?.saw ?? 'unknown');
      if (notice.version === true) return [versionButton(record, about)];
      // After a failover the record may name the color that was left: no button may lead there.
      if (notice.failover === true) return [adopt];
      return record.drift?.saw === nothingToAdopt ? [retry] : [retry, adopt];
    }
    case 'stuck': {
      const { retry, adopt } = repairButtons(record, about);
      return [retry, toned(record, revertButton(record, about, settings)), adopt];
    }
    case 'unhealthy':
      return [revertButton(record, about, settings, undefined, notice.again && 'Try again to revert')];
    case 'countdown': {
      const countdown = countdownOf(record);
      if (!countdown) return [];
      const held: About = { ...about, subject: countdown.id };
      return [
        revertButton(record, about, settings, undefined, 'Revert now'),
        ...(countdown.hold ? [button('alert.resume', 'End the hold', held)] : []),
        ...(!countdown.hold && mayHold(record) ? [button('alert.hold', 'Hold 10 min…', held)] : []),
      ];
    }
    default:
      return notice.buttons satisfies never;
  }
}

/** The mark of an ended notice: moved to a newer message, ended without an action, or done. */
function endMark([first]: Line): string {
  const words = typeof first === 'string' ? first : '';
  if (words.startsWith('A newer message')) return '⤵️';
  return /^(No longer|It expired|It ended|The router says|Called off)/.test(words) ? '▫️' : '✅';
}

/** Removes the warning sign from a notice that is over. */
function unsigned([first = '', ...rest]: Line): Line {
  return typeof first === 'string' ? [first.replace(/^(?:🚨|⚠️) /u, ''), ...rest] : [first, ...rest];
}

/** One line for each adopted service; those whose record was lost come first. */
function adoptedLines(notices: readonly Notice[]): Line[] {
  const [lost, seen] = [true, false].map((which) => notices.filter((each) => (each.lost === true) === which));
  const listed = (head: Line, of: readonly Notice[] = []): Line[] =>
    of.length === 0 ? [] : [head, ...of.map(({ text }) => line`• ${text}`)];
  const count = seen?.length ?? 0;
  const watched = count === 1 ? '1 service as it runs now' : `${count} services as they run now`;
  return [
    ...listed(
      line`🚨 Redis lost its data: the records of these services were missing. They are adopted again as they run, and locked; nothing was switched. Locks, approvals and ways back are gone. Check what runs, then ${typed('unlock')}:`,
      lost,
    ),
    ...listed(line`👋 Watching ${watched}; no traffic was moved.`, seen),
  ];
}

/**
 * Draws one message of these notices: a single one, or several of progress (or of adoption), one line each. `record`:
 * the service's record. `settings`: its settings, for the effects in dialogs. `behind`: text after an open notice.
 * `chart`: stands under an open notice. A notice whose request has ended says how, and has no buttons.
 */
export function noticeMessage(
  notices: readonly Notice[],
  record: ServiceRecord | null,
  settings?: Settings,
  behind: Line = [],
  chart?: LineChart,
): SlackMessage {
  const first = notices[0];
  const adopted = first?.kind === 'adopted';
  const ended = first && record ? endedAsk(first, record) : undefined;
  const quiet = ended !== undefined || first?.joins !== undefined;
  const emblem = first?.buttons === undefined || quiet ? '' : emblems[first.buttons];
  const lines: Line[] = adopted
    ? adoptedLines(notices)
    : notices.map(
        ({ text }) => line`${emblem}${quiet ? unsigned(text) : text}${ended === undefined ? behind : []}`,
      );
  const verdict = first?.buttons === 'unhealthy' && !quiet ? urgentVerdict(record) : [];
  if (verdict.length > 0) lines.unshift(verdict);
  const countdown = first?.buttons === 'countdown' && !quiet && record ? countdownOf(record) : undefined;
  const why =
    record && countdown
      ? [urgentVerdict(record), countdownWhy(record, countdown)].filter((each) => plain(each).trim() !== '')
      : [];
  if (record && countdown)
    lines.splice(
      0,
      1,
      countdownHead(record, countdown),
      line`${joinedBy(' ', why)}${forOwner(record)}${behind}`,
    );
  const end: Line[] = ended === undefined ? [] : [line`${endMark(ended)} ${ended}`];
  // What happens next, or happened, comes first.
  if (first?.buttons === 'countdown') lines.unshift(...end);
  else lines.push(...end);
  const most = adopted ? mostAdopted : notices.length > 1 ? mostAmong : mostAlone;
  const blocks = sections(fitting(lines.map((each) => mrkdwn(each, most))));
  const buttons = first && notices.length === 1 && !quiet ? buttonsOf(first, record, settings) : [];
  if (buttons.length > 0) blocks.push({ type: 'actions', elements: buttons });
  if (chart && ended === undefined) blocks.push({ ...chart });
  return {
    text: fitting(
      lines.map((each) => plainText(each, most)),
      mostText,
    ).join('\n'),
    blocks,
  };
}
