/** The facts of a service: each is found once, here. The card, `status`, its list and `--json` pick from them. */
import { leftSince } from '../release/abandoned.ts';
import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import type { View } from '../release/command.ts';
import type { SavedEvidence } from '../release/evidence/saved-evidence.ts';
import { countdownOf } from '../release/auto-revert/rule.ts';
import type { Countdown } from '../release/auto-revert/state.ts';
import { countdownLine } from '../release/auto-revert/words.ts';
import { isApart, owedSync, syncLine, syncOf } from '../release/data-sync.ts';
import type { DataSync } from '../release/data-sync-schema.ts';
import { readOnlyAt, readOnlyLine } from '../release/read-only.ts';
import { writesOffLine } from '../release/stopped-writes.ts';
import { isWorthTelling, savedEvidence, shortVerdict, verdictLine } from '../release/evidence/words.ts';
import type { SavedDiff } from '../release/mirror/saved-diff.ts';
import { diffWords, savedDiff } from '../release/mirror/words.ts';
import { driftLine, driftOf, versionDriftLine, versionDriftOf } from '../release/drift.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Lock } from '../release/lock.ts';
import { mention } from '../release/mention.ts';
import { noWayBackOf } from '../release/no-way-back.ts';
import { lockAt, newestRelease } from '../release/release.ts';
import type { Bake, Operation, Release, ServiceRecord } from '../release/release.ts';
import type { ApprovalRequest } from '../release/request.ts';
import type { RouterView } from '../release/router-view.ts';
import type { Settings } from '../release/settings.ts';
import { unknownsOf } from '../release/unknowns.ts';
import type { Place } from '../release/waiting-line.ts';
import { queueWords } from '../release/waiting-line.ts';
import { doubtOfWayBack } from '../release/way-back.ts';
import { fact } from './fact.ts';
import { freezeFact, lockFact } from './lock-facts.ts';
import type { Fact, Urgency } from './fact.ts';
import { wayBackFacts } from './way-back-facts.ts';
import type { WayBackFacts } from './way-back-facts.ts';
import { routerLine } from './router-line.ts';
import { nextStep } from './next-step.ts';

/** What is open in a record, or has to be said of it. A key that is missing: there is nothing of the kind. */
export interface RecordFacts extends WayBackFacts {
  versionDrift?: Fact<string>;
  release?: Fact<Release>;
  /** `left`: since when no process carries it on. */
  operation?: Fact<{ op: Operation; left: number | undefined }>;
  request?: Fact<ApprovalRequest>;
  bake?: Fact<Bake>;
  /** Whether a revert would help, as far as asking both colors says. */
  evidence?: Fact<SavedEvidence>;
  /** Whether the staged version answers as the live one. */
  diff?: Fact<SavedDiff>;
  /** An automatic revert counts down, or is held. */
  countdown?: Fact<Countdown>;
  /** Nobody can write. */
  readOnly?: Fact<NonNullable<ServiceRecord['readOnly']>>;
  /** Whether a revert loses writes, where each color has databases of its own. */
  data?: Fact<DataSync>;
  /** Writes may be stopped, and `off` is not answered. */
  writesOff?: Fact<NonNullable<ServiceRecord['writesOff']>>;
  lock?: Fact<Lock>;
  freeze?: Fact<{ reason: string; until: number }>;
  /** What a reload of the router would go back to: why. */
  reload?: Fact<string>;
  /** The router's instances that do not have the live color yet. */
  following?: Fact<readonly string[]>;
  /** The commands in line. */
  waiting?: Fact<readonly Place[]>;
  /** What cannot be checked with these settings. */
  unchecked?: Fact<readonly string[]>;
}

/** All facts of a service. The record is the one before the first adoption, or cannot be read, where `idle` is missing. */
export interface ServiceFacts extends RecordFacts {
  /** What the router says, against the record. */
  drift?: Fact<string>;
  /** The record's state; `unknown` before the first adoption, `unconfigured` when it left the file. */
  state: Fact<string>;
  live: Fact<Color | null>;
  /** Only the file of another replica names it. */
  elsewhere?: Fact<true>;
  unreadable?: Fact<string>;
  idle?: Fact<Color>;
  router: Fact<RouterView | null>;
  /** The next step, by itself or by a person. */
  next: Fact<null>;
}

/** The facts of a service as it was loaded. */
export function describe(view: View): ServiceFacts {
  const { configured, loaded, service } = view;
  const { record, asked, now, queue, bad } = loaded;
  const drift = record === null ? undefined : driftOf(record, asked);
  const about = { settings: configured?.settings, now, queue, left: leftSince(loaded) };
  return {
    ...(record && drift !== undefined && { drift: driftFact(record, drift) }),
    state: stateFact(view),
    live: record
      ? fact(4, () => [colored(record, record.live)], record.live)
      : fact<null>(4, () => ['unknown'], null),
    ...(view.elsewhere && {
      elsewhere: { ...fact<true>(4, () => line`${elsewhere}.`, true), note: `file: ${elsewhere}` },
    }),
    ...(bad !== undefined && {
      unreadable: {
        ...fact(0, () => line`${bad} It is left unchanged; the router is not asked.`, bad),
        note: `its record cannot be read: ${bad.replace(/\.$/, '')}`,
      },
    }),
    ...(record && { idle: fact(4, () => idleLine(record), otherColor(record.live)) }),
    router: fact(4, () => routerLine(record, asked, drift, now), asked),
    ...(record ? describeRecord(record, about) : freezeFact(about)),
    next: fact(4, () => nextStep(service, loaded, drift), null),
  };
}

const elsewhere = 'in the file of another replica, but not of the one that answers';

/** What `describeRecord` needs besides the record. Without `settings` nothing is said of freezes and checks. */
interface About {
  settings: Settings | undefined;
  now: number;
  queue?: readonly Place[];
  left?: number | undefined;
}

/** The facts of a record alone. */
export function describeRecord(record: ServiceRecord, about: About): RecordFacts {
  const { settings, now, queue = [], left } = about;
  const { op, request, bake, persist, follow, live } = record;
  const release = newestRelease(record);
  const lock = lockAt(record, now);
  const evidence = savedEvidence(record);
  const diff = savedDiff(record);
  const countdown = countdownOf(record);
  const readOnly = readOnlyAt(record, now);
  const sync = owedSync(record) ?? (noWayBackOf(record) ? undefined : syncOf(record));
  const versionDrift = versionDriftOf(record)?.saw;
  const unchecked = settings === undefined ? [] : unknownsOf(settings).map(({ short }) => short);
  return {
    ...(versionDrift !== undefined && {
      versionDrift: {
        ...fact(0, () => versionDriftLine(record) ?? [], versionDrift),
        note: `version-drift: ${live} reports ${versionDrift}`,
      },
    }),
    ...(release && { release: releaseFact(record, release) }),
    ...(op && {
      operation: {
        ...fact(left === undefined ? 1 : 0, () => operationLine(op, left), { op, left }),
        ...(left !== undefined && { note: 'nobody continues it' }),
      },
    }),
    ...(request?.status === 'open' && {
      request: {
        ...fact(
          2,
          () =>
            line`${request.approvals.length} of ${request.needed}, asked for by ${mention(request.requester)}, until ${{ at: request.expiresAt }}`,
          request,
        ),
        note: 'waits for approval',
      },
    }),
    ...(bake && { bake: bakeFact(bake) }),
    ...(evidence && { evidence: evidenceFact(record, evidence) }),
    ...(diff && { diff: fact(4, () => [`${diffWords(diff)}, as of `, { at: diff.at, show: 'time' }], diff) }),
    ...(countdown && {
      countdown: {
        ...fact(0, () => countdownLine(record, countdown), countdown),
        note: countdown.hold ? 'automatic revert held' : 'automatic revert counts down',
      },
    }),
    ...wayBackFacts(record),
    ...(readOnly && {
      readOnly: { ...fact(2, () => readOnlyLine(record.service, readOnly), readOnly), note: 'read-only' },
    }),
    ...(sync && {
      data: {
        ...fact(isApart(sync) ? 0 : 4, () => syncLine(sync), sync),
        ...(isApart(sync) && { note: 'not in sync' }),
      },
    }),
    ...(record.writesOff?.cause !== undefined && {
      writesOff: {
        ...fact(0, () => writesOffLine(record), record.writesOff),
        note: 'writes may be stopped',
      },
    }),
    ...(lock && { lock: lockFact(lock) }),
    ...freezeFact(about),
    // A write that was not tried yet may be right.
    ...(persist &&
      persist.untold !== true && {
        reload: fact(
          4,
          () =>
            line`a reload would go back to ${otherColor(live)} (${persist.cause}); tried again every 10 s`,
          persist.cause,
        ),
      }),
    ...(follow &&
      follow.instances.length > 0 && {
        following: fact(
          4,
          () => line`${follow.instances.join(', ')} must still be switched`,
          follow.instances,
        ),
      }),
    ...(queue.length > 0 && {
      waiting: {
        ...fact(4, () => queueWords(queue, { record, settings, now }), queue),
        note: `${queue.length} in line`,
      },
    }),
    ...(unchecked.length > 0 && { unchecked: fact(4, () => [unchecked.join(' · ')], unchecked) }),
  };
}

/** A color and the version recorded for it. */
function colored(record: ServiceRecord, color: Color): string {
  return `${color} ${record.colors[color].version ?? 'unknown'}`;
}

function stateFact({ configured, loaded: { record }, elsewhere: isElsewhere }: View): Fact<string> {
  if (record === null) return fact(0, () => ['unknown'], 'unknown');
  const state = configured === undefined && isElsewhere !== true ? 'unconfigured' : record.state;
  return fact(urgencyOf(record.state), () => [state], state);
}

function urgencyOf(state: ServiceRecord['state']): Urgency {
  switch (state) {
    case 'stuck':
      return 0;
    case 'staging':
    case 'promoting':
    case 'reverting':
    case 'baking':
      return 1;
    case 'staged':
      return 2;
    case 'idle':
      return 4;
    default:
      return state satisfies never;
  }
}

function driftFact(record: ServiceRecord, saw: string): Fact<string> {
  return { ...fact(0, () => driftLine(record, saw), saw), note: `🚨 router-drift: the router says ${saw}` };
}

function releaseFact(record: ServiceRecord, release: Release): Fact<Release> {
  const cause = release.cause === undefined ? '' : ` (${release.cause})`;
  const text = (): Line => line`#${release.number} ${release.version}, ${release.status}${cause}`;
  const note = record.state === 'idle' ? {} : { note: `#${release.number} ${release.version}` };
  return { ...fact(4, text, release), ...note };
}

function operationLine(op: Operation, left: number | undefined): Line {
  const alone = left === undefined ? [] : line`; nobody has continued it since ${{ at: left }}`;
  return line`${op.kind}, started by ${mention(op.actor)} ${{ at: op.at }}, at ${op.step}${alone}`;
}

function bakeFact(bake: Bake): Fact<Bake> {
  const cause = bake.cause === undefined ? '' : ` (${bake.cause})`;
  const unmeasured =
    bake.unmeasured === undefined ? '' : `; not settled without a number: ${bake.unmeasured.cause}`;
  const unsettled = bake.unsettled === undefined ? '' : `; not settled: ${bake.unsettled}`;
  const text = (): Line =>
    line`${bake.verdict}${cause}, until ${{ at: bake.until }}, way back ${bake.wayBack}${unmeasured || unsettled}`;
  const isSick = bake.verdict === 'unhealthy';
  const urgency = isSick || bake.wayBack === 'dead' ? 0 : 1;
  return { ...fact(urgency, text, bake), ...(isSick && { note: 'unhealthy' }) };
}

function evidenceFact(record: ServiceRecord, evidence: SavedEvidence): Fact<SavedEvidence> {
  const text = (): Line => line`${verdictLine(evidence, record.live)} Since ${{ at: evidence.at }}.`;
  const isUrgent = isWorthTelling(evidence.now);
  return {
    ...fact(isUrgent ? 0 : 4, text, evidence),
    ...(isUrgent && { note: `a revert ${shortVerdict(evidence.now)}` }),
  };
}

/** The idle color, its purpose, and its version. */
function idleLine(record: ServiceRecord): Line {
  const color = otherColor(record.live);
  const { role } = record.colors[color];
  const meaning = role === 'previous' && !noWayBackOf(record) ? 'previous, the way back' : role;
  const doubt = doubtOfWayBack(record);
  return line`${colored(record, color)} (${meaning}${doubt === undefined ? '' : `; ${doubt}`})`;
}
