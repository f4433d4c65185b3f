/** The first line of a release's card: the fact that decides what somebody does now. A lock screen shows it too. */
import { countdownOf } from '../../release/auto-revert/rule.ts';
import { countdownHead } from '../../release/auto-revert/words.ts';
import { otherColor, signedColor } from '../../release/color.ts';
import type { Color } from '../../release/color.ts';
import { line } from '../../release/line.ts';
import type { Line, Part } from '../../release/line.ts';
import { idleColor } from '../../release/release.ts';
import type { Bake, Release, ServiceRecord } from '../../release/release.ts';
import { isWayBackDead } from '../../release/way-back.ts';

/** How versions are written: as code on the card, shortened on a lock screen. */
export type Written = (version: string | null) => Part;

/** A bake shorter than this ends at a time of day that needs no date, ms. */
const dayless = 12 * 3_600_000;

/** When the watch over a bake ends. */
export function bakeEnd({ startedAt, until }: Bake): Part {
  return { at: until, ...(until - startedAt < dayless && { show: 'time' }) };
}

/** `🔵 blue v1`. */
export function colorWith(record: ServiceRecord, color: Color, written: Written): Line {
  return line`${signedColor[color]} ${written(record.colors[color].version)}`;
}

/** What the router says against the record, in words. */
function driftWords(record: ServiceRecord, drift: string, written: Written): Line {
  const name = { bold: record.service };
  const expected = colorWith(record, record.live, written);
  switch (drift) {
    case 'blue':
    case 'green':
      return line`🚨 ${name}: traffic is on ${colorWith(record, drift, written)}, expected ${expected}`;
    case 'mixed':
      return line`🚨 ${name}: some traffic is on ${colorWith(record, otherColor(record.live), written)}, expected all on ${expected}`;
    default:
      return line`🚨 ${name}: nobody knows where traffic goes, expected ${expected}`;
  }
}

function stagedWords({ service, request }: ServiceRecord, release: Release, written: Written): Line {
  const what = line`${{ bold: service }} ${written(release.version)}`;
  if (request?.status === 'open') {
    const missing = Math.max(0, request.needed - request.approvals.length);
    const more = request.approvals.length > 0 ? ' more' : '';
    return line`⏳ ${what} needs ${missing}${more} ${missing === 1 ? 'approval' : 'approvals'}`;
  }
  if (release.code !== undefined) return line`❌ ${what} was not promoted`;
  return line`🚦 ${what} is ready on ${signedColor[release.color]}`;
}

function bakingWords(record: ServiceRecord, release: Release, written: Written): Line {
  const { bake, service, live } = record;
  const what = line`${{ bold: service }} ${written(release.version)}`;
  const dead = isWayBackDead(record);
  const back = colorWith(record, idleColor(record), written);
  if (bake?.verdict === 'unhealthy') {
    const failing = bake.hookFailed === undefined ? 'is failing' : 'failed a hook after its switch';
    return line`🚨 ${what} ${{ bold: failing }} on ${signedColor[live]}${dead ? line`, and ${back} is ${{ bold: 'down too' }}` : []}`;
  }
  if (dead) return line`⚠️ ${what} is live on ${signedColor[live]}, but ${back} is ${{ bold: 'down' }}`;
  const watched = bake ? line`, watched until ${bakeEnd(bake)}` : [];
  return line`👀 ${what} is live on ${signedColor[live]}${watched}`;
}

/** `🔵 blue v1 → 🟢 green v2`. */
function way(record: ServiceRecord, to: Color, written: Written): Line {
  return line`${colorWith(record, otherColor(to), written)} → ${colorWith(record, to, written)}`;
}

function movingWords(record: ServiceRecord, written: Written): Line {
  const { op } = record;
  const name = { bold: record.service };
  if (!op) return line`⏳ ${name}: ${record.state}`;
  const target = colorWith(record, op.target, written);
  const [sign, before] =
    op.kind === 'promote'
      ? ['⏳', line`checking ${target} before traffic moves`]
      : ['↩️', line`checking ${target} before traffic goes back`];
  if (op.intentAt === undefined) return line`${sign} ${name}: ${before}`;
  if (op.kind === 'restore') return line`${sign} ${name}: putting traffic back to ${target} …`;
  return line`${sign} ${name}: moving traffic ${way(record, op.target, written)} …`;
}

/** Names the stuck operation: `promotion of v6`, `revert to blue`. */
export function hangingWords({ op }: ServiceRecord, written: Written): Line {
  if (!op) return ['operation'];
  switch (op.kind) {
    case 'promote':
      return line`promotion of ${written(op.version)}`;
    case 'revert':
      return line`revert to ${op.target} ${written(op.version)}`;
    case 'restore':
      return line`putting back to ${op.target} ${written(op.version)}`;
    case 'stage':
      return line`staging of ${written(op.version)}`;
    default:
      return op satisfies never;
  }
}

/** The outcome of a release without an operation under way. */
function restingWords(record: ServiceRecord, release: Release, written: Written): Line {
  const what = line`${{ bold: record.service }} ${written(release.version)}`;
  const newest = record.releases[0]?.id === release.id;
  const live = colorWith(record, record.live, written);
  switch (release.status) {
    case 'live':
      return line`✅ ${what} is live on ${signedColor[release.color]}`;
    case 'baking':
      return line`👀 ${what} is live on ${signedColor[release.color]}`;
    case 'reverted': {
      if (!newest) return line`↩️ ${what} was reverted`;
      if (release.forced)
        return line`⚠️ ${{ bold: record.service }} was forced back to ${live}, ${{ bold: 'not verified' }}`;
      const stays = release.promotedAt === undefined ? 'stays on' : 'is back on';
      return line`↩️ ${{ bold: record.service }} ${stays} ${live} (${written(release.version)} was taken back)`;
    }
    case 'failed':
      return line`❌ ${what} could not be staged on ${signedColor[release.color]}`;
    case 'dropped':
      return newest ? line`▫️ ${what} was dropped; ${live} stays live` : line`▫️ ${what} was dropped`;
    case 'replaced':
      return line`▫️ ${what} was replaced`;
    case 'staging':
      return line`⏳ ${what} is being staged on ${signedColor[release.color]}`;
    case 'staged':
      return stagedWords({ ...record, request: newest ? record.request : null }, release, written);
    case 'promoting':
    case 'reverting':
      return line`⏳ ${what}: ${release.status}`;
    case 'stuck':
      return line`🚨 ${what} is stuck`;
    default:
      return release.status satisfies never;
  }
}

/** The heading of a release's card. `drift`: what the router says against the record. */
export function headingOf(
  record: ServiceRecord,
  release: Release,
  drift: string | undefined,
  written: Written,
): Line {
  if (record.releases[0]?.id !== release.id) return restingWords(record, release, written);
  if (drift !== undefined && record.state !== 'stuck') return driftWords(record, drift, written);
  const countdown = countdownOf(record);
  if (countdown) {
    const back = colorWith(record, idleColor(record), written);
    return countdownHead(record, countdown, { name: [{ bold: record.service }], back });
  }
  switch (record.state) {
    case 'idle':
      return restingWords(record, release, written);
    case 'staging':
      return restingWords(record, { ...release, status: 'staging' }, written);
    case 'staged':
      return stagedWords(record, release, written);
    case 'promoting':
    case 'reverting':
      return movingWords(record, written);
    case 'baking':
      return bakingWords(record, release, written);
    case 'stuck': {
      const both = line`${colorWith(record, 'blue', written)} or ${colorWith(record, 'green', written)}`;
      return line`🚨 ${{ bold: record.service }}: ${hangingWords(record, written)} is ${{ bold: 'stuck' }}; traffic may be on ${both}`;
    }
    default:
      return record.state satisfies never;
  }
}
