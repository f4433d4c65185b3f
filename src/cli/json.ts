/** The output of `--json`: facts of the record under stable names, and nothing else of it. See docs/json.md. */
import type { Actor } from '../release/actor.ts';
import { actorId } from '../release/actor.ts';
import type { View } from '../release/command.ts';
import { turnsOf } from '../release/waiting-line.ts';
import { isApart } from '../release/data-sync.ts';
import { idleColor } from '../release/release.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { HistoryEntry } from '../release/store.ts';
import { describe } from '../text/describe.ts';
import type { ServiceFacts } from '../text/describe.ts';
import type { Compared } from '../release/evidence/compare-now.ts';
import type { FoundDiff } from '../release/mirror/diff.ts';
import { diffLines } from '../text/diff-lines.ts';
import { compareLines } from '../text/compare-lines.ts';
import type { Gate, Gates } from '../release/explain-gates.ts';
import { refusalWords } from '../release/refusals.ts';
import { textOf } from './print.ts';

/** An instant in ISO 8601. */
function iso(instant: number): string {
  return new Date(instant).toISOString();
}

function colorFacts(record: ServiceRecord, color: 'blue' | 'green'): object {
  const { role, version, since } = record.colors[color];
  return { color, version, role, since: iso(since) };
}

/** An actor: its name, and the person of Slack for a command-line user that is one. */
function actorFacts(actor: Actor): object {
  const person = actor.kind === 'cli' && actor.person !== undefined ? { person: actor.person } : {};
  return { id: actorId(actor), ...person };
}

/** The facts of one service. */
export function serviceFacts(view: View): object {
  const { record, asked } = view.loaded;
  const facts = describe(view);
  const freeze = facts.freeze?.value;
  return {
    service: view.service,
    state: facts.state.value,
    configured: view.configured !== undefined,
    unreadable: facts.unreadable?.value ?? null,
    router: asked && { heading: asked.heading, detail: asked.detail, at: iso(asked.at) },
    drift: facts.drift?.value ?? null,
    freeze: freeze ? { reason: freeze.reason, until: iso(freeze.until) } : null,
    line: record === null ? [] : lineFacts(record, view),
    ...(record === null ? nothing : recordFacts(record, facts)),
  };
}

/** The commands in line, in order. `about`: the expected time of a command's turn. */
function lineFacts(record: ServiceRecord, { configured, loaded: { queue, now } }: View): object[] {
  const turns = turnsOf(queue, { record, settings: configured?.settings, now });
  return queue.map(({ verb, version, actor, at }, i) => ({
    place: i + 1,
    verb,
    version: version ?? null,
    actor: actorFacts(actor),
    since: iso(at),
    about: typeof turns[i] === 'number' ? iso(turns[i]) : null,
  }));
}

const nothing = {
  epoch: null,
  live: null,
  idle: null,
  release: null,
  operation: null,
  request: null,
  bake: null,
  evidence: null,
  diff: null,
  countdown: null,
  noWayBack: null,
  fed: null,
  readOnly: null,
  data: null,
  writesOff: null,
  lock: null,
  following: [],
  reload: null,
  versionDrift: null,
};

/** The facts of a record. */
function recordFacts(record: ServiceRecord, facts: ServiceFacts): Record<keyof typeof nothing, unknown> {
  const { op, left } = facts.operation?.value ?? { op: null, left: undefined };
  const release = facts.release?.value;
  const request = facts.request?.value;
  const bake = facts.bake?.value;
  const lock = facts.lock?.value;
  const evidence = facts.evidence?.value;
  const diff = facts.diff?.value;
  const countdown = facts.countdown?.value;
  const noWayBack = facts.noWayBack?.value;
  const readOnly = facts.readOnly?.value;
  const data = facts.data?.value;
  return {
    epoch: record.epoch,
    live: colorFacts(record, record.live),
    idle: colorFacts(record, idleColor(record)),
    release: release
      ? {
          id: release.id,
          number: release.number,
          version: release.version,
          color: release.color,
          status: release.status,
          code: release.code ?? null,
          cause: release.cause ?? null,
          steps: release.steps.map(({ name, status, detail, at }) => ({
            name,
            status,
            detail: detail ?? null,
            at: iso(at),
          })),
        }
      : null,
    operation: op && {
      kind: op.kind,
      step: op.step,
      color: op.target,
      version: op.version,
      actor: actorFacts(op.actor),
      at: iso(op.at),
      leftAt: left === undefined ? null : iso(left),
    },
    request: request
      ? {
          requester: actorFacts(request.requester),
          needed: request.needed,
          approvals: request.approvals.map(({ actor, at }) => ({ actor: actorFacts(actor), at: iso(at) })),
          expiresAt: iso(request.expiresAt),
        }
      : null,
    bake: bake
      ? {
          verdict: bake.verdict,
          cause: bake.cause ?? null,
          until: iso(bake.until),
          wayBack: bake.wayBack,
          unmeasured: bake.unmeasured?.cause ?? null,
          unsettled: bake.unsettled ?? null,
        }
      : null,
    evidence: evidence
      ? {
          now: evidence.now,
          steady: evidence.steady,
          since: iso(evidence.at),
          pairs: evidence.pairs,
          liveFailed: evidence.liveFailed,
          backFailed: evidence.backFailed,
        }
      : null,
    diff: diff
      ? { alike: diff.alike, differ: diff.differ, unsure: diff.unsure, failed: diff.failed, at: iso(diff.at) }
      : null,
    countdown: countdown
      ? {
          endsAt: iso(countdown.endsAt),
          causes: countdown.causes.map(({ kind, words }) => ({ kind, text: textOf(words) })),
          waitsFor: countdown.waitsFor ? textOf(countdown.waitsFor) : null,
          hold: countdown.hold
            ? {
                actor: actorFacts(countdown.hold.actor),
                until: iso(countdown.hold.until),
                reason: countdown.hold.reason ?? null,
              }
            : null,
        }
      : null,
    fed: facts.fed
      ? { on: facts.fed.value.on, since: iso(facts.fed.value.since), cause: facts.fed.value.cause ?? null }
      : null,
    noWayBack: noWayBack
      ? { reason: noWayBack.reason, by: actorFacts(noWayBack.by), at: iso(noWayBack.at) }
      : null,
    readOnly: readOnly
      ? {
          since: iso(readOnly.since),
          until: readOnly.until === null ? null : iso(readOnly.until),
          switchAt: readOnly.switchAt === undefined ? null : iso(readOnly.switchAt),
        }
      : null,
    data: data
      ? {
          color: data.color,
          inSync: !isApart(data),
          since: iso(data.since),
          why: isApart(data) ? (data.why ?? null) : null,
          missed: isApart(data) ? (data.missed ?? null) : null,
        }
      : null,
    writesOff: facts.writesOff
      ? { since: iso(facts.writesOff.value.since), cause: facts.writesOff.value.cause ?? null }
      : null,
    lock: lock
      ? {
          holder: actorFacts(lock.holder),
          reason: lock.reason,
          since: iso(lock.since),
          until: lock.until === null ? null : iso(lock.until),
        }
      : null,
    following: facts.following?.value ?? [],
    reload: facts.reload?.value ?? null,
    versionDrift: facts.versionDrift?.value ?? null,
  };
}

/** The facts of one history entry. */
export function entryFacts(entry: HistoryEntry): object {
  return {
    at: iso(entry.at),
    actor: actorFacts(entry.actor),
    what: entry.what,
    text: textOf(entry.text),
    code: entry.code ?? null,
    release: entry.release ?? null,
    times: entry.times ?? 1,
  };
}

/** The facts of one gate of a promote or revert. */
export function gateFacts({ gate, refusal, note }: Gate): object {
  return {
    gate,
    pass: refusal === undefined,
    code: refusal?.code ?? null,
    text: refusal ? textOf(refusalWords(refusal)) : note ? textOf(note) : null,
  };
}

/** The facts of `why`: what people should read first, and every gate. */
export function whyFacts(service: string, { verdict, automatic, promote, revert }: Gates): object {
  return {
    service,
    verdict: verdict ? textOf(verdict) : null,
    automatic: automatic ? textOf(automatic) : null,
    promote: promote.map(gateFacts),
    revert: revert.map(gateFacts),
  };
}

/** What comparing the answers of both colors has found. */
export function diffFacts(service: string, found: FoundDiff): object {
  const text = diffLines(service, found).map(textOf).join(' ');
  if ('why' in found) return { service, compared: null, text };
  const { alike, differ, unsure, failed, paths } = found.diff;
  return {
    service,
    compared: alike + differ,
    alike,
    differ,
    unsure,
    failed,
    paths: paths.map(({ why, ...path }) => ({ ...path, why: why ?? null })),
    text,
  };
}

/** What both colors answered. */
export function comparedFacts(service: string, compared: Compared): object {
  const text = compareLines(service, compared).map(textOf).join(' ');
  if ('why' in compared) return { service, now: 'unknown', steady: 'unknown', live: compared.live, text };
  const { slower, seenPoints, neverAnswered, wrongRequests, goesOn: _, ...counts } = compared.evidence;
  return {
    service,
    live: compared.live,
    ...counts,
    seenPoints: seenPoints ?? null,
    neverAnswered: neverAnswered === true,
    wrongRequests: wrongRequests ?? [],
    slower: slower ?? null,
    text,
  };
}
