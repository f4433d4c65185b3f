import { otherColor } from '../release/color.ts';
import type { View } from '../release/command.ts';
import { mention } from '../release/draft.ts';
import { driftLine, versionDriftLine } from '../release/drift.ts';
import { freezeAt } from '../release/freeze.ts';
import { leftSince } from '../release/abandoned.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { queueWords } from '../release/waiting-line.ts';
import { lockAt, newestRelease } from '../release/release.ts';
import type { ServiceRecord } from '../release/release.ts';
import { unknownsOf } from '../release/unknowns.ts';
import { driftOf, elsewhereNote, idleLine, liveOf, nextLine, routerLine, stateOf } from './status-words.ts';

/** The status of one service. The first `state:` and the first `live:` are the record's; drift stands before both. */
export function statusLines(view: View): Line[] {
  const { record } = view.loaded;
  const drift = driftOf(view);
  const version = record === null ? undefined : versionDriftLine(record);
  const lines: Line[] = [
    line`status ${view.service}`,
    ...(drift === undefined || record === null ? [] : [line`🚨 ${driftLine(record, drift)}`]),
    ...(version === undefined ? [] : [line`🚨 ${version}`]),
    line`state: ${stateOf(view)}`,
    line`live: ${liveOf(view)}`,
    ...(view.elsewhere === true ? [line`file: ${elsewhereNote}.`] : []),
  ];
  const { bad } = view.loaded;
  if (bad !== undefined)
    return [...lines, line`record: ${bad} It is left as it is; the router is not asked.`, nextLine(view)];
  if (record === null) return [...lines, routerLine(view), nextLine(view)];
  return [...lines, idleLine(record), routerLine(view), ...openLines(view, record), nextLine(view)];
}

/** What is open: the operation, the request, the bake, lock and freeze, and instances that must still follow. */
function openLines(view: View, record: ServiceRecord): Line[] {
  const { now, queue } = view.loaded;
  const { op, request, bake, persist, follow } = record;
  const left = leftSince(view.loaded);
  const release = newestRelease(record);
  const lock = lockAt(record, now);
  const freeze = view.configured === undefined ? undefined : freezeAt(view.configured.settings.freeze, now);
  const waiting = queueWords(queue, { record, settings: view.configured?.settings, now });
  const unknowns = view.configured === undefined ? [] : unknownsOf(view.configured.settings);
  const lines: (Line | undefined)[] = [
    release &&
      line`release: #${release.number} ${release.version}, ${release.status}${release.cause === undefined ? '' : ` (${release.cause})`}`,
    op
      ? line`under way: ${op.kind}, begun by ${mention(op.actor)} ${{ at: op.at }}, at ${op.step}${left === undefined ? [] : line`; nobody has carried it on since ${{ at: left }}`}`
      : undefined,
    request?.status === 'open'
      ? line`approval: ${request.approvals.length} of ${request.needed}, asked for by ${mention(request.requester)}, until ${{ at: request.expiresAt }}`
      : undefined,
    bake
      ? line`bake: ${bake.verdict}${bake.cause === undefined ? '' : ` (${bake.cause})`}, until ${{ at: bake.until }}, way back ${bake.wayBack}`
      : undefined,
    lock
      ? line`lock: by ${mention(lock.holder)} since ${{ at: lock.since }}${lock.until === null ? [', until somebody unlocks it'] : [', until ', { at: lock.until }]}: ${lock.reason}`
      : undefined,
    freeze && line`freeze: until ${{ at: freeze.until }}: ${freeze.reason}`,
    persist && persist.untold !== true
      ? line`reload: a reload would go back to ${otherColor(record.live)} (${persist.cause}); tried again every 10 s`
      : undefined,
    follow && follow.instances.length > 0
      ? line`following: ${follow.instances.join(', ')} must still be switched`
      : undefined,
    waiting.length > 0 ? line`line: ${waiting}` : undefined,
    unknowns.length > 0 ? line`not known: ${unknowns.map(({ short }) => short).join(' · ')}` : undefined,
  ];
  return lines.filter((one) => one !== undefined);
}
