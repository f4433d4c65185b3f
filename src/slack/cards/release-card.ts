/** The card of a release: one message, drawn again from the record at every change. */
import { driftLine, versionDriftLine } from '../../release/drift.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { Release, ServiceRecord } from '../../release/release.ts';
import type { Settings } from '../../release/settings.ts';
import type { SlackMessage } from '../reply.ts';
import { cardButtons } from './card-buttons.ts';
import { fieldLines, linksLine, peopleLine, remarkLines, stepLine, unknownLine } from './card-lines.ts';
import { label, mrkdwn, plainText } from './line.ts';
import { nextLine } from './next-line.ts';

/** Characters of each part, so that all of them stay below the 12,000 of one message. */
const most = {
  title: 600,
  code: 700,
  field: 300,
  line: 700,
  steps: 2_500,
  remarks: 2_500,
  probe: 400,
  people: 600,
  links: 1_900,
} as const;
/** Characters of the line on a lock screen. */
const mostText = 150;
/** Characters of a version on it, so that a long one leaves room for the cause. */
const mostVersion = 40;

/** The word for where a release stands: the service's state for the newest, else what became of it. */
function standing(record: ServiceRecord, release: Release, drift: string | undefined): string {
  if (record.releases[0]?.id !== release.id) return release.status;
  if (drift !== undefined) {
    // That it is live by the record would be read as where traffic is.
    const known = record.state === 'idle' && release.status !== 'live' ? release.status : record.state;
    return `router-drift · ${known}`;
  }
  if (record.state === 'idle') return release.status;
  if (record.state === 'staged' && record.request?.status === 'open') return 'staged · waiting for approval';
  if (record.state === 'baking' && record.bake?.verdict === 'unhealthy') return 'baking · unhealthy';
  if (record.state === 'baking' && record.bake?.wayBack === 'dead') return 'baking · way back dead';
  return record.state;
}

function emblem(release: Release, word: string): string {
  if (/unhealthy|drift|stuck/.test(word)) return '🚨';
  if (word.includes('dead')) return '⚠️';
  if (word.includes('approval')) return '⏳';
  switch (release.status) {
    case 'failed':
    case 'stuck':
      return '❌';
    case 'reverted':
    case 'reverting':
      return '↩️';
    case 'live':
    case 'baking':
      return '✅';
    case 'dropped':
    case 'replaced':
      return '▫️';
    case 'staging':
    case 'promoting':
      return '⏳';
    case 'staged':
      return release.code === undefined ? '🚦' : '❌';
    default:
      return release.status satisfies never;
  }
}

function mrkdwnText(text: string): Record<string, unknown> {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** Joins lines into one text of at most `room` characters; what does not fit is left out, oldest first. */
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

/** Status, service, version, cause: what a phone shows. */
function lockScreen(record: ServiceRecord, release: Release, word: string, newest: boolean): string {
  const dead = newest && record.bake?.wayBack === 'dead' ? record.bake.wayBackCause : undefined;
  const known = release.cause ?? (newest ? (record.bake?.cause ?? dead) : undefined);
  const cause = known === release.code ? undefined : known;
  const code = release.code === undefined ? '' : ` · ${release.code}`;
  const said = `${word}: ${record.service} #${release.number} ${label(release.version, mostVersion)}${code}${cause === undefined ? '' : ` · ${cause}`}`;
  return plainText([label(said, mostText)], mostText);
}

/**
 * Draws the card. Buttons, colors and remarks stand only on the newest release's; an older one says what became of it.
 * Without `settings` (those stored cannot be read) the links are left out. `drift`: what the router is known to say
 * against the record; then nothing on the card says where traffic is but that.
 */
export function releaseCard(
  record: ServiceRecord,
  release: Release,
  settings?: Settings,
  drift: string | undefined = record.drift?.saw,
): SlackMessage {
  const newest = record.releases[0]?.id === release.id;
  const word = standing(record, release, drift);
  const blocks: Record<string, unknown>[] = [];
  // Slack wants new ids when a message is edited: the revision is in them.
  const add = (name: string, block: Record<string, unknown>): void => {
    blocks.push({ ...block, block_id: `card:${release.number}:${record.revision}:${name}` });
  };
  const section = (name: string, text: string): void => {
    if (text !== '') add(name, { type: 'section', text: mrkdwnText(text) });
  };

  const title = line`${emblem(release, word)} ${{ bold: `${record.service} #${release.number}` }} · ${{ code: release.version }} · ${{ bold: word }}`;
  section('title', mrkdwn(title, most.title));
  if (newest && drift !== undefined) section('drift', mrkdwn(driftLine(record, drift), most.line));
  const version = newest ? versionDriftLine(record) : undefined;
  if (version) section('version', mrkdwn(version, most.line));
  // The line on drift says it in plain words.
  const told = newest && drift !== undefined && release.code === 'router-drift';
  if (!told && (release.code !== undefined || release.cause !== undefined)) {
    const why: Line[] = [];
    if (release.code !== undefined) why.push([{ code: release.code }]);
    if (release.cause !== undefined && release.cause !== release.code) why.push([release.cause]);
    section(
      'code',
      mrkdwn(
        why.flatMap((part, i) => (i === 0 ? part : [': ', ...part])),
        most.code,
      ),
    );
  }
  const next = newest ? nextLine(record, release, settings, drift) : undefined;
  if (next) section('next', mrkdwn(next, most.line));
  if (newest) {
    const fields = fieldLines(record, release, drift).map((each) => mrkdwnText(mrkdwn(each, most.field)));
    add('fields', { type: 'section', fields });
  }
  if (newest) section('remarks', stacked(remarkLines(record), most.remarks));
  section('steps', stacked(release.steps.map(stepLine), most.steps));
  const buttons = newest ? cardButtons(record, release, settings, drift) : [];
  if (buttons.length > 0) add('buttons', { type: 'actions', elements: buttons });
  if (release.probe !== undefined) {
    add('probe', {
      type: 'context',
      elements: [
        mrkdwnText(
          mrkdwn(
            line`probe after the ${release.status === 'reverted' ? 'revert' : 'switch'}: ${release.probe}`,
            most.probe,
          ),
        ),
      ],
    });
  }
  const context = [mrkdwnText(mrkdwn(peopleLine(release), most.people))];
  const links = newest && settings ? mrkdwn(linksLine(record, release, settings), most.links) : '';
  if (links !== '') context.push(mrkdwnText(links));
  const unknown = newest && settings ? mrkdwn(unknownLine(settings), most.line) : '';
  if (unknown !== '') context.push(mrkdwnText(unknown));
  add('people', { type: 'context', elements: context });
  return { text: lockScreen(record, release, word, newest), blocks };
}
