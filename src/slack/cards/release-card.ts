/** The card of a release: one message, drawn anew from the record at every change. */
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import { idleColor } from '../../release/release.ts';
import type { Release, ServiceRecord, ShownStep } from '../../release/release.ts';
import { who } from '../../release/draft.ts';
import type { Settings } from '../../release/settings.ts';
import type { SlackMessage } from '../reply.ts';
import { cardButtons } from './card-buttons.ts';
import { label, mrkdwn, plainText } from './line.ts';

const marks = { doing: '⏳', done: '✅', failed: '❌' } as const;
const squares = { blue: '🔵 blue', green: '🟢 green' } as const;

/** The word for where a release stands: the service's state for the newest, else what became of it. */
function standing(record: ServiceRecord, release: Release): string {
  if (record.releases[0]?.id !== release.id) return release.status;
  if (record.state === 'idle') return release.status === 'live' ? 'live' : release.status;
  if (record.state === 'staged' && record.request?.status === 'open') return 'staged · waiting for approval';
  if (record.state === 'baking' && record.bake?.verdict === 'unhealthy') return 'baking · unhealthy';
  return record.state;
}

function emblem(release: Release, word: string): string {
  if (word.includes('unhealthy') || ['failed', 'stuck'].includes(release.status)) return '❌';
  if (release.status === 'reverted' || release.status === 'reverting') return '↩️';
  if (['live', 'baking'].includes(release.status)) return '✅';
  if (['dropped', 'replaced'].includes(release.status)) return '▫️';
  return '🚦';
}

function fields(record: ServiceRecord, release: Release): Line[] {
  const idle = idleColor(record);
  const live = record.colors[record.live];
  const other = record.colors[idle];
  return [
    line`${{ bold: 'Live now' }} · ${squares[record.live]} · ${live.version ?? 'unknown'}`,
    line`${{ bold: 'Other color' }} · ${squares[idle]} · ${other.version ?? 'unknown'} · ${other.role}`,
    line`${{ bold: 'State' }} · ${record.releases[0]?.id === release.id ? record.state : release.status}`,
    line`${{ bold: 'Version' }} · ${release.version} on ${release.color}`,
  ];
}

function stepLine(step: ShownStep): Line {
  return line`${marks[step.status]} ${step.name}${step.detail === undefined ? '' : ` · ${step.detail}`}`;
}

function people(release: Release): Line {
  const parts: Line[] = [line`Staged by ${who(release.stagedBy)} ${{ at: release.stagedAt }}`];
  if (release.promotedBy)
    parts.push(
      line`promoted by ${who(release.promotedBy)}${release.promotedAt === undefined ? '' : line` ${{ at: release.promotedAt }}`}`,
    );
  if (release.revertedBy)
    parts.push(
      line`reverted by ${who(release.revertedBy)}${release.revertedAt === undefined ? '' : line` ${{ at: release.revertedAt }}`}`,
    );
  if (release.switchMs !== undefined)
    parts.push(line`switched and verified in ${Math.round(release.switchMs)} ms`);
  return parts.flatMap((part, i) => (i === 0 ? part : [' · ', ...part]));
}

function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{(version|from|to)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  );
}

function links(record: ServiceRecord, release: Release, settings: Settings): Line {
  const idle = idleColor(record);
  const parts: Line[] = [
    line`${idle}: ${{ url: settings.colors[idle].url, label: settings.colors[idle].url }}`,
  ];
  const { version, compare } = settings.links;
  if (version !== undefined)
    parts.push([{ url: fill(version, { version: release.version }), label: release.version }]);
  if (compare !== undefined && release.from !== null) {
    parts.push([
      {
        url: fill(compare, { from: release.from, to: release.version }),
        label: `${release.from}…${release.version}`,
      },
    ]);
  }
  return parts.flatMap((part, i) => (i === 0 ? part : [' · ', ...part]));
}

/** What needs to be known beyond the fields, a sentence each; newest release only. */
function remarks(record: ServiceRecord): Line[] {
  const out: Line[] = [];
  const { request, bake, lock, drift, follow, persist, live } = record;
  const idle = idleColor(record);
  if (request?.status === 'open') {
    const given = request.approvals.flatMap((each): Line => [' ', who(each.actor)]);
    out.push(
      line`⏳ ${request.approvals.length} of ${request.needed} approvals${given} · asked for by ${who(request.requester)} · expires ${{ at: request.expiresAt }}`,
    );
  }
  if (request?.status === 'expired')
    out.push(line`⏳ The request of ${who(request.requester)} expired ${{ at: request.expiresAt }}.`);
  if (bake?.verdict === 'healthy') out.push(line`⏳ Bakes until ${{ at: bake.until }}; then it is settled.`);
  if (bake?.verdict === 'unhealthy')
    out.push(line`❌ Unhealthy: ${bake.cause ?? 'no verdict'}. It does not settle.`);
  if (bake?.wayBack === 'dead') out.push(line`❌ The way back is dead: ${bake.wayBackCause ?? 'no answer'}.`);
  if (['idle', 'baking'].includes(record.state) && record.colors[idle].role === 'previous') {
    out.push(line`↩️ Way back: ${idle} ${record.colors[idle].version ?? 'unknown'}, until the next stage.`);
  }
  if (lock) {
    const end = lock.until === null ? 'without end' : line`until ${{ at: lock.until }}`;
    out.push(line`🔒 Locked by ${who(lock.holder)} ${end}: ${lock.reason}`);
  }
  if (drift)
    out.push(line`❌ ${{ code: 'router-drift' }}: the router says ${drift.saw}, the record says ${live}.`);
  if (follow) out.push(line`⏳ Router instances that still have to follow: ${follow.instances.join(', ')}`);
  if (persist) out.push(line`❌ A reload of the router would go back to ${idle}: ${persist.cause}`);
  return out;
}

function section(text: string, blockId: string): Record<string, unknown> {
  return { type: 'section', block_id: blockId, text: { type: 'mrkdwn', text, verbatim: true } };
}

/** Joins lines into one text of at most `most` characters; what does not fit is left out, newest kept. */
function stacked(lines: Line[], most: number): string {
  const texts: string[] = [];
  let size = 0;
  for (const one of lines.toReversed()) {
    const text = mrkdwn(one, 700);
    if (size + text.length + 1 > most) break;
    texts.unshift(text);
    size += text.length + 1;
  }
  return texts.join('\n');
}

/** Draws the card. Buttons only on the newest release's. */
export function releaseCard(record: ServiceRecord, release: Release, settings: Settings): SlackMessage {
  const newest = record.releases[0]?.id === release.id;
  const word = standing(record, release);
  const id = (name: string): string => `card:${release.number}:${record.revision}:${name}`;
  const failed =
    release.code === undefined
      ? undefined
      : line`${{ code: release.code }}${release.cause === undefined ? '' : `: ${release.cause}`}`;
  const title = line`${emblem(release, word)} ${{ bold: `${record.service} #${release.number}` }} · ${release.version} · ${{ bold: word }}`;
  const blocks: Record<string, unknown>[] = [section(mrkdwn(title), id('title'))];
  if (failed) blocks.push(section(mrkdwn(failed, 1_000), id('code')));
  if (newest) {
    blocks.push({
      type: 'section',
      block_id: id('fields'),
      fields: fields(record, release).map((field) => ({
        type: 'mrkdwn',
        text: mrkdwn(field, 1_900),
        verbatim: true,
      })),
    });
  }
  const steps = stacked(release.steps.map(stepLine), 2_500);
  if (steps !== '') blocks.push(section(steps, id('steps')));
  const notes = newest ? stacked(remarks(record), 2_800) : '';
  if (notes !== '') blocks.push(section(notes, id('remarks')));
  if (release.probe !== undefined)
    blocks.push({
      type: 'context',
      block_id: id('probe'),
      elements: [{ type: 'mrkdwn', text: mrkdwn(line`probe: ${release.probe}`, 1_000), verbatim: true }],
    });
  const context = [people(release), ...(newest ? [links(record, release, settings)] : [])];
  blocks.push({
    type: 'context',
    block_id: id('people'),
    elements: context.map((each) => ({ type: 'mrkdwn', text: mrkdwn(each, 1_900), verbatim: true })),
  });
  const buttons = newest ? cardButtons(record, release) : [];
  if (buttons.length > 0) blocks.push({ type: 'actions', block_id: id('buttons'), elements: buttons });
  const cause = release.cause ?? (newest ? record.bake?.cause : undefined);
  const lock = label(
    `${record.service} #${release.number} ${release.version}: ${word}${cause === undefined ? '' : ` · ${cause}`}`,
    150,
  );
  return { text: plainText([lock], 600), blocks };
}
