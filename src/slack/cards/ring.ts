/**
 * The message that notifies people of a critical group of alerts: with buttons while it fires, and then with how it
 * ended.
 */
import type { AlertGroup } from '../../release/alerts/alert.ts';
import type { AlertContext } from '../../release/alerts/context.ts';
import { goneLine } from '../../release/alerts/unconfigured.ts';
import { revertedRelease } from '../../release/alerts/reverted-release.ts';
import { endedBy, lasted } from '../../release/alerts/notices.ts';
import { isUnacknowledged } from '../../release/alerts/announced.ts';
import { urgentVerdict } from '../../release/evidence/words.ts';
import { otherColor } from '../../release/color.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { Notice } from '../../release/store.ts';
import { mention } from '../../release/mention.ts';
import type { SlackMessage } from '../reply.ts';
import { acknowledgeButton, revertOf } from './alert-buttons.ts';
import { mrkdwn, plainText } from './mrkdwn.ts';
import { sections } from './sections.ts';

const most = 2_900;
const siren = '🚨 ';

/** The state of a ring; `open`: its buttons still apply. */
type Standing = { open: boolean; line: Line };

function standingOf(group: AlertGroup, context: AlertContext, id: string): Standing {
  if (group.dropped?.closed === true)
    return { open: false, line: line`⏹️ Closed: ${goneLine(group, group.dropped.what)}` };
  if (group.closed != null) return { open: false, line: line`⏹️ Closed by ${mention(group.closed.actor)}` };
  const back = takenBack(group, context);
  if (group.status === 'resolved') {
    const why = endedBy(group);
    const after = line`after ${lasted(group)}`;
    const over = why === '' ? line`✅ Resolved ${after}` : line`⏹️ Ended ${after}: ${why}; may not be fixed`;
    return { open: false, line: line`${over}${back.length > 0 ? line` · ${back}` : []}` };
  }
  // A group stored by an older version of the bot has no list of rings.
  const newest = group.rings?.at(-1)?.id;
  if (newest !== undefined && newest !== id)
    return { open: false, line: line`⤵️ A newer message replaced this one.` };
  const { acknowledged } = group;
  if (back.length > 0) return { open: true, line: line`↩️ ${back}` };
  return {
    open: true,
    line:
      acknowledged === null || isUnacknowledged(group)
        ? []
        : line`👀 ${mention(acknowledged.actor)} acknowledged it`,
  };
}

/** `@bob reverted to blue v1`; empty where the release was not reverted. */
function takenBack(group: AlertGroup, { record }: AlertContext): Line {
  const release = revertedRelease(group, { record });
  if (record === null || release === undefined) return [];
  const color = otherColor(release.color);
  const to = record.live === color ? line` to ${color} ${record.colors[color].version ?? 'unknown'}` : [];
  const by = release.revertedBy === undefined ? 'somebody' : mention(release.revertedBy);
  return line`${by} reverted${to}`;
}

/** Draws the ring for the group's present state; null: the group is gone. `behind`: text after an open ring. */
export function ringMessage(
  { id, text, joins }: Pick<Notice, 'id' | 'text' | 'joins'>,
  group: AlertGroup | null,
  context: AlertContext,
  behind: Line = [],
): SlackMessage {
  const { open, line: became }: Standing =
    group === null ? { open: false, line: line`No longer known here.` } : standingOf(group, context, id);
  const calls = open && joins === undefined;
  const said = line`${calls ? text : withoutSiren(text)}${open ? behind : []}`;
  const verdict = open && group?.status === 'firing' ? urgentVerdict(context.record) : [];
  const lines = [verdict, said, became].filter((one) => one.length > 0);
  const blocks = sections(lines.map((each) => mrkdwn(each, most)));
  if (group !== null && calls) {
    const revert = revertOf(group, context);
    const elements = [
      ...(revert === undefined ? [] : [revert]),
      ...(isUnacknowledged(group) ? [acknowledgeButton(group)] : []),
    ];
    if (elements.length > 0) blocks.push({ type: 'actions', elements });
  }
  return { text: lines.map((each) => plainText(each, most)).join('\n'), blocks };
}

/** Removes the siren from a ring that is over, or that another message replaced. */
function withoutSiren([first = '', ...rest]: Line): Line {
  return typeof first === 'string' && first.startsWith(siren)
    ? [first.slice(siren.length), ...rest]
    : [first, ...rest];
}
