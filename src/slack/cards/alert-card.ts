/** The parent message of a group of alerts, redrawn at every change. */
import type { AlertGroup } from '../../release/alerts/alert.ts';
import { goneLine } from '../../release/alerts/unconfigured.ts';
import { releaseLines } from '../../release/alerts/after-switch.ts';
import type { AlertContext } from '../../release/alerts/context.ts';
import { unreadableWords } from '../../release/alerts/notices.ts';
import { urgentVerdict } from '../../release/evidence/words.ts';
import { joinedBy } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { SlackMessage } from '../reply.ts';
import { alertButtons, linkButtons } from './alert-buttons.ts';
import { aboutLine, alertHeading, careLines } from './alert-words.ts';
import { mrkdwn, plainText } from './mrkdwn.ts';

/** Most characters of each sentence of the lock-screen text, and of each line of the card. */
const most = { text: 150, line: 1_200 } as const;

/** Draws the parent message of a group. */
export function alertCard(group: AlertGroup, context: AlertContext): SlackMessage {
  const blocks: Record<string, unknown>[] = [];
  const add = (name: string, block: Record<string, unknown>): void => {
    blocks.push({ ...block, block_id: `alert:${group.revision}:${context.record?.revision ?? 0}:${name}` });
  };
  const text = (one: Line) => ({ type: 'mrkdwn', text: mrkdwn(one, most.line), verbatim: true });
  // Slack refuses a section without visible text, and text from outside may have none.
  const section = (name: string, one: Line): void => {
    if (mrkdwn(one, most.line).trim() !== '') add(name, { type: 'section', text: text(one) });
  };
  const heading = alertHeading(group, context);
  const verdict = group.status === 'firing' ? urgentVerdict(context.record) : [];
  section('verdict', verdict);
  section('title', heading);
  section('dropped', group.dropped ? goneLine(group, group.dropped.what) : []);
  section('release', joinedBy(' ', releaseLines(group, context)));
  section('compared', [group.compared ?? '']);
  section('unreadable', [unreadableWords(group)]);
  section('care', joinedBy(' · ', careLines(group, context)));
  const elements = [...alertButtons(group, context), ...linkButtons(group)];
  if (elements.length > 0) add('buttons', { type: 'actions', elements });
  add('about', { type: 'context', elements: [text(aboutLine(group))] });
  const sentences = [verdict, heading].filter((one) => one.length > 0);
  return { text: sentences.map((one) => plainText(one, most.text)).join(' '), blocks };
}
