/** The card of a release: one message, redrawn from the record at every change. */
import { asSentence, line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { Release, ServiceRecord } from '../../release/release.ts';
import type { Settings } from '../../release/settings.ts';
import type { Loaded } from '../../release/store.ts';
import { describeRecord } from '../../text/describe.ts';
import type { SlackMessage } from '../reply.ts';
import { bodyLines, versionCode } from './card-body.ts';
import { cardButtons } from './card-buttons.ts';
import { headingOf } from './card-heading.ts';
import type { Written } from './card-heading.ts';
import { linksLine, peopleLine, standingLine, stepsLine } from './card-lines.ts';
import { label, mrkdwn, plainText } from './mrkdwn.ts';

/** Most characters of each part, so that together they stay below the 12,000 of one message. */
const most = {
  title: 900,
  line: 700,
  body: 2_900,
  steps: 2_500,
  probe: 400,
  people: 600,
  links: 1_900,
} as const;
/** Most characters of the text on a lock screen. */
const mostText = 180;
/** Most characters of a version there, so that a long one leaves room for the cause. */
const mostVersion = 32;

function mrkdwnText(text: string): Record<string, unknown> {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** Joins lines into one text of at most `room` characters; the oldest lines that do not fit are left out. */
function stacked(lines: readonly Line[], room: number): string {
  const texts: string[] = [];
  let size = 0;
  for (const one of lines.toReversed()) {
    const text = mrkdwn(one, most.line);
    if (size + text.length + 1 > room) break;
    texts.unshift(text);
    size += text.length + 1;
  }
  return texts.join('\n');
}

/** The known cause of the release's present state. */
function causeOf({ bake, drift }: ServiceRecord, release: Release, newest: boolean): string | undefined {
  const dead = bake?.wayBack === 'dead' ? bake.wayBackCause : undefined;
  const causes = bake?.verdict === 'unhealthy' ? [bake.cause, dead] : [dead];
  const known = newest && bake ? causes.filter((each) => each !== undefined).join(' · ') : release.cause;
  return known === '' || known === release.code || drift ? undefined : known;
}

/** The text for a phone: the heading, the cause, and where the release stands. */
function lockScreen(record: ServiceRecord, release: Release, heading: (written: Written) => Line): string {
  const head = plainText(heading((version) => label(version ?? 'unknown', mostVersion)));
  const tail = ` (#${release.number} ${release.status})`;
  const cause = causeOf(record, release, record.releases[0]?.id === release.id);
  const room = mostText - head.length - tail.length - 2;
  return label(
    `${head}${cause === undefined || room < 20 ? '' : `: ${plainText([cause], room)}`}${tail}`,
    mostText,
  );
}

/**
 * Draws the card. Only the newest release's card has buttons and next steps; an older one shows its outcome. Without
 * `settings` (the stored ones cannot be read) the links are left out. `drift`: what the router says against the record;
 * then no other line says where traffic is. `now`: the store's clock; `queue`: the places in the waiting line.
 */
export function releaseCard(
  record: ServiceRecord,
  release: Release,
  settings?: Settings,
  drift: string | undefined = record.drift?.saw,
  { now, queue }: Pick<Loaded, 'now' | 'queue'> = { now: 0, queue: [] },
): SlackMessage {
  const newest = record.releases[0]?.id === release.id;
  const blocks: Record<string, unknown>[] = [];
  // Slack wants new block ids when a message is edited, so the ids contain the revision.
  const add = (name: string, block: Record<string, unknown>): void => {
    blocks.push({ ...block, block_id: `card:${release.number}:${record.revision}:${name}` });
  };
  const section = (name: string, text: string): void => {
    if (text !== '') add(name, { type: 'section', text: mrkdwnText(text) });
  };
  const heading = (written: Written): Line => headingOf(record, release, drift, written);

  const title = heading(versionCode);
  section('title', mrkdwn(title, most.title));
  const facts = describeRecord(record, { settings, now, queue });
  if (newest && facts.versionDrift) section('version', mrkdwn(facts.versionDrift.line(), most.line));
  const body = newest ? bodyLines(record, release, settings, drift, facts) : causeLines(release);
  section('body', stacked(body, most.body));
  section('steps', mrkdwn(stepsLine(record, release), most.steps));
  const buttons = newest ? cardButtons(record, release, settings, drift) : [];
  if (buttons.length > 0) add('buttons', { type: 'actions', elements: buttons });
  const small = [
    mrkdwn(
      line`${standingLine(record, release, newest ? drift : undefined)}${names(title, release) ? [] : line` · ${{ code: release.version }}`}`,
      most.line,
    ),
    mrkdwn(peopleLine(release), most.people),
    newest && isStaying(release) ? mrkdwn([release.stays], most.probe) : '',
    release.probe === undefined ? '' : mrkdwn(line`probe: ${release.probe}`, most.probe),
    newest && settings ? mrkdwn(linksLine(record, release, settings), most.links) : '',
    newest && facts.unchecked ? mrkdwn(line`⚠️ Not fully checked: ${facts.unchecked.line()}`, most.line) : '',
  ].filter((text) => text !== '');
  add('people', { type: 'context', elements: small.map(mrkdwnText) });
  return { text: lockScreen(record, release, heading), blocks };
}

/** True when the heading contains the release's version. */
function names(heading: Line, { version }: Release): boolean {
  return heading.some((part) => typeof part === 'object' && 'code' in part && part.code === version);
}

/** True when the release's card says what stays on the color that it left. */
function isStaying(release: Release): release is Release & { stays: string } {
  return release.stays !== undefined && ['baking', 'live', 'reverted'].includes(release.status);
}

/** Why an older release ended as it did. */
function causeLines({ cause, code }: Release): Line[] {
  return cause === undefined || cause === code ? [] : [[asSentence(cause)]];
}
