/** The sentences of a release's card, each a line. */
import { otherColor } from '../../release/color.ts';
import { who, whoAll } from '../../release/draft.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import { formatDuration } from '../../release/duration.ts';
import { idleColor } from '../../release/release.ts';
import type { ColorState, Release, ServiceRecord, ShownStep } from '../../release/release.ts';
import type { Settings } from '../../release/settings.ts';
import { unknownsOf } from '../../release/unknowns.ts';
import { safeUrl } from './line.ts';

const marks = { doing: '⏳', done: '✅', failed: '❌' } as const;
const squares = { blue: '🔵 blue', green: '🟢 green' } as const;

/** Joins lines by a middle dot. */
function dotted(parts: readonly Line[]): Line {
  return parts.flatMap((part, i) => (i === 0 ? part : [' · ', ...part]));
}

/** A version literally; versions are code, so that nothing in them is read as formatting. */
function versionPart(version: string | null): Line {
  return version === null ? ['unknown'] : [{ code: version }];
}

/** What is on the color without traffic, and what it is there for. */
function standsThere({ role, version }: ColorState): Line {
  if (role === 'unknown' && version === null) return ['nobody knows what runs there'];
  return line`${versionPart(version)} · ${role === 'previous' ? 'previous, the way back' : role}`;
}

/** Live color, other color, state and version: what the newest card says beside its steps. */
export function fieldLines(record: ServiceRecord, release: Release, drift?: string): Line[] {
  // Where nobody knows, or everybody does that it is elsewhere, the color is the record's and not where traffic is.
  const recorded = drift !== undefined || record.state === 'stuck';
  const idle = idleColor(record);
  const live = record.colors[record.live];
  const other = record.colors[idle];
  return [
    line`${{ bold: recorded ? 'Live by the record' : 'Live now' }} · ${squares[record.live]} · ${versionPart(live.version)}`,
    line`${{ bold: 'Other color' }} · ${squares[idle]} · ${standsThere(other)}`,
    // The heading says where the release stands.
    line`${{ bold: 'Service' }} · ${record.state}`,
    line`${{ bold: 'Version' }} · ${versionPart(release.version)} on ${squares[release.color]}`,
  ];
}

/** `✅ switch · verified by 1 of 1`. */
export function stepLine(step: ShownStep): Line {
  return line`${marks[step.status]} ${step.name}${step.detail === undefined ? '' : ` · ${step.detail}`}`;
}

/** Who staged, approved, promoted and reverted it, when, and how long the switches took. */
export function peopleLine(release: Release): Line {
  const { approvedBy = [], promotedBy, promotedAt, revertedBy, revertedAt, switchMs, revertMs } = release;
  const at = (instant: number | undefined): Line => (instant === undefined ? [] : [' ', { at: instant }]);
  const lasted = (ms: number | undefined, words: string): Line =>
    ms === undefined ? [] : line`, ${words} and verified in ${formatDuration(ms)}`;
  const parts: Line[] = [line`Staged by ${who(release.stagedBy)}${at(release.stagedAt)}`];
  if (approvedBy.length > 0) parts.push(line`approved by ${whoAll(approvedBy)}`);
  if (promotedBy && promotedAt !== undefined)
    parts.push(line`promoted by ${who(promotedBy)}${at(promotedAt)}${lasted(switchMs, 'switched')}`);
  if (revertedBy)
    parts.push(line`reverted by ${who(revertedBy)}${at(revertedAt)}${lasted(revertMs, 'switched back')}`);
  return dotted(parts);
}

/** Puts values into `{version}`, `{from}` and `{to}` of a configured link, encoded. */
function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(version|from|to)\}/g, (_, name: string) =>
    encodeURIComponent((values[name] ?? '').toWellFormed()),
  );
}

/** A color's address as anybody may read it: no credentials, and no query, which may hold some. */
function withoutSecrets(address: string): string {
  if (!URL.canParse(address)) return '';
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

/** The idle color's own address, and the configured links to the version and to the changes. */
export function linksLine(record: ServiceRecord, release: Release, settings: Settings): Line {
  const idle = idleColor(record);
  const address = safeUrl(withoutSecrets(settings.colors[idle].url));
  const parts: Line[] = address === undefined ? [] : [line`${idle}: ${{ url: address, label: address }}`];
  const { version, compare } = settings.links;
  if (version !== undefined)
    parts.push([{ url: filled(version, { version: release.version }), label: `${release.version}` }]);
  if (compare !== undefined && release.from !== null) {
    const url = filled(compare, { from: release.from, to: release.version });
    parts.push([{ url, label: `changes since ${release.from}` }]);
  }
  return dotted(parts);
}

/** What nobody can know of it with these settings; empty when everything can be. */
export function unknownLine(settings: Settings): Line {
  const unknowns = unknownsOf(settings).map(({ short }) => short);
  return unknowns.length === 0 ? [] : line`⚠️ Not fully checked: ${unknowns.join(' · ')}`;
}

/** Approvals: how many of how many, by whom, and until when. */
function requestLines({ request, state }: ServiceRecord): Line[] {
  if (!request) return [];
  const given = request.approvals.flatMap((each, i): Line => [i === 0 ? ' by ' : ' ', ...who(each.actor)]);
  const counted = line`${request.approvals.length} of ${request.needed} approvals${given}`;
  switch (request.status) {
    case 'open':
      return [
        line`⏳ Waits for approval: ${counted} · asked for by ${who(request.requester)} · expires ${{ at: request.expiresAt }}`,
      ];
    case 'granted':
      return [line`✅ ${counted} · asked for by ${who(request.requester)}`];
    case 'expired':
      return state === 'staged'
        ? [line`⏳ The request of ${who(request.requester)} expired ${{ at: request.expiresAt }}.`]
        : [];
    default:
      return request.status satisfies never;
  }
}

function bakeLines({ bake, state }: ServiceRecord): Line[] {
  if (!bake || state !== 'baking') return [];
  const out: Line[] = [];
  // A healthy one is watched, which the next line says.
  if (bake.verdict === 'unhealthy')
    out.push(
      line`❌ Unhealthy: ${bake.cause ?? 'no verdict'}. It is settled only if it answers well again after ${{ at: bake.until }}.`,
    );
  if (bake.wayBack === 'dead') out.push(line`❌ The way back is dead: ${bake.wayBackCause ?? 'no answer'}.`);
  return out;
}

/** What else is true of the service and may need somebody: the newest card only. The most urgent stands last. */
export function remarkLines(record: ServiceRecord): Line[] {
  const { lock, follow, persist, live } = record;
  const idle = idleColor(record);
  const out = [...requestLines(record), ...bakeLines(record)];
  if (record.state === 'idle' || record.state === 'baking') {
    const { role, version } = record.colors[idle];
    if (role === 'previous')
      out.push(line`↩️ Way back: ${idle} ${versionPart(version)}, until the next stage.`);
  }
  if (lock) {
    const end: Line = lock.until === null ? ['until somebody unlocks it'] : line`until ${{ at: lock.until }}`;
    out.push(line`🔒 Locked by ${who(lock.holder)} ${end}: ${lock.reason}`);
  }
  if (follow) out.push(line`⏳ Router instances that still have to follow: ${follow.instances.join(', ')}`);
  // What was not tried yet may be right.
  if (persist && persist.untold !== true)
    out.push(line`❌ A reload of the router would go back to ${otherColor(live)}: ${persist.cause}`);
  return out;
}
