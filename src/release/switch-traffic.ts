/** Points the router at a color and verifies it. See docs/design.md#ask-write-ask. */
import type { Color } from './color.ts';
import { observed, sameAnswers, summarise, whyOf } from './router-answers.ts';
import type { Parts } from './parts.ts';
import { underHold } from './held-writes.ts';
import type { Holding } from './held-writes.ts';
import type { Adapters, PointAnswer, RouterAnswer } from './ports.ts';
import { arrived } from './arrived.ts';
import type { Need } from './arrived.ts';
import { askProbe } from './ask-probe.ts';
import type { HeldWrites } from './write-hold.ts';
import { askFor } from './ask-router.ts';
import type { Heard } from './ask-router.ts';
import type { ServiceRecord } from './release.ts';
import { afterTurnMs } from './turn-data.ts';
import type { Turned } from './turn-data.ts';
import { repairFirst } from './repair-first.ts';
import type { Tries } from './repair-first.ts';
import type { Session } from './session.ts';
import { changedAfter, noteAnswers, noteWrite, mustBeWritten } from './write-log.ts';
import type { WriteLog } from './write-log.ts';

/** Two answers must be this far apart to confirm a write of unknown outcome, ms. */
const apartMs = 1_000;

/** What may write to the router of a service: a session, or a process without a record of it. */
export type WriteAccess = Pick<Session, 'alive' | 'soft' | 'permit'> & {
  loaded(): { record: Pick<ServiceRecord, 'service' | 'colors'> };
};

/** The parts that a switch needs. */
export type SwitchParts = Pick<Parts, 'clock'> & { store: Pick<Parts['store'], 'saveAsked'> };

/** The result of a switch. */
export interface SwitchResult {
  /** `there`: verified; `elsewhere`: the deadline passed; `stopped`: something else must be looked at first. */
  end: 'there' | 'elsewhere' | 'stopped';
  answers: RouterAnswer[];
  /** What the probe found, or why it proves nothing. */
  probe?: string;
  /** Why it is not there. */
  cause: string;
  /** What to repair first; set where that ended the switch before its deadline. `cause` leaves it out. */
  repair?: string;
  /** What people should know about writes that were taken. */
  notes?: string[];
  /** What waited in the router meanwhile. */
  held?: HeldWrites;
  /** True: writes could not be stopped, and the router was not touched. */
  unstopped?: true;
  /** What became of the databases. With `failed`, the router was not touched. */
  turned?: Turned;
}

/**
 * When a write without effect is repeated: after the first of these, ms; then each time after twice as long, up to
 * the last. That is 5 writes in 10 s, and 16 in 2 minutes.
 */
const againMs = { first: 500, last: 10_000 };

interface Plan {
  color: Color;
  epoch: number;
  need: Need;
  /** The router's last answer, if it was asked just now. */
  first?: Heard;
  /** Whether another process's write of the other color may still come: then `color` is written everywhere. */
  owed: boolean;
  /** An instant of the monotonic clock, ms. */
  deadline: number;
  /** How much longer to wait without a write, ms, while every missing instance has taken a write of `color`. */
  graceMs?: number;
  pauseMs: number;
  probe: boolean;
  stoppable: boolean;
  /** Turns the databases round, before the router is touched and while writes wait. */
  turn?: (() => Promise<Turned>) | undefined;
  /** Stops writes by hooks while traffic moves. */
  stop?: Holding | undefined;
  /** See `WritePermit`. */
  insists?: boolean;
  /** Whether it ends where the router names who changed it after a write of `color` was taken. */
  yields?: boolean;
  /** Whether it may end before the deadline where no instance can take a write until something is repaired. */
  givesUp?: () => boolean;
}

/**
 * Points the router at `color` and verifies it: ask, write what is not there yet, read back, probe. Each instance
 * gets one write, repeated at growing intervals while it still says otherwise. Where a write of the other color may
 * still come, `color` is written even where the router says it already, and counts only once that write was taken.
 * Runs until verified or past the deadline, and longer where `graceMs` says so.
 */
export async function switchTraffic(
  parts: SwitchParts,
  session: WriteAccess,
  adapters: Adapters,
  writeLog: WriteLog,
  plan: Plan,
): Promise<SwitchResult> {
  const switched = async (holding: Holding): Promise<SwitchResult> => {
    if (plan.turn === undefined)
      return pointAndVerify(parts, session, adapters, writeLog, { ...plan, holding });
    await holding.begin();
    if (holding.refused !== undefined) return unstopped([], holding.refused);
    if (holding.lost) return { end: 'stopped', answers: [], cause: 'another operation came first' };
    const turned = await plan.turn();
    if (turned.failed !== undefined) {
      const stopped = !session.alive() || (plan.stoppable && session.soft.aborted);
      return { end: stopped ? 'stopped' : 'elsewhere', answers: [], cause: turned.failed, turned };
    }
    const { first: _, ...now } = plan;
    const deadline = Math.max(now.deadline, parts.clock.mono() + afterTurnMs);
    const result = await pointAndVerify(parts, session, adapters, writeLog, { ...now, deadline, holding });
    const notes = [...turned.notes, ...(result.notes ?? [])];
    return { ...result, turned, ...(notes.length > 0 && { notes }) };
  };
  const result = await underHold(parts, adapters, switched, plan.stop);
  return plan.stop?.lost ? { ...result, end: 'stopped' } : result;
}

function unstopped(answers: RouterAnswer[], cause: string): SwitchResult {
  return { end: 'elsewhere', answers, cause, unstopped: true };
}

async function pointAndVerify(
  parts: SwitchParts,
  session: WriteAccess,
  adapters: Adapters,
  writeLog: WriteLog,
  plan: Plan & { holding: Holding },
): Promise<SwitchResult> {
  const { clock } = parts;
  let held: HeldWrites | undefined;
  const tried = new Map<string, Tries>();
  let { first } = plan;
  let answers: RouterAnswer[] = [];
  let before: { answers: RouterAnswer[]; at: number } | undefined;
  let probed: string | undefined;
  let cause = 'the router was not asked';
  let refusal: string | undefined;
  const notes = new Set<string>();
  for (;;) {
    if (!session.alive() || (plan.stoppable && session.soft.aborted))
      return { end: 'stopped', answers, cause };
    let heardNow = first ?? (await askFor(parts, adapters, plan.color));
    first = undefined;
    ({ answers } = heardNow);
    noteAnswers(writeLog, answers);
    cause = `the router says ${summarise(answers).detail}`;
    let there = arrived(answers, plan, writeLog, tried);
    if (!there) {
      before = undefined;
      const changes = answers.flatMap(
        (answer) => changedAfter(writeLog, answer, plan.color, adapters.router.atOnce === true) ?? [],
      );
      const named = changes.find(({ by }) => by !== undefined);
      if (plan.yields === true && named) return { end: 'elsewhere', answers, cause: named.words };
      const outcomes = await write(parts, session, adapters, writeLog, plan, answers, tried);
      if (plan.holding.refused !== undefined) return unstopped(answers, plan.holding.refused);
      if (outcomes.some(({ outcome }) => outcome === 'taken')) {
        heardNow = await askFor(parts, adapters, plan.color);
        ({ answers } = heardNow);
        noteAnswers(writeLog, answers);
        cause = `the router says ${summarise(answers).detail}`;
      }
      const against = outcomes.find(({ outcome, detail }) => outcome !== 'taken' && detail !== undefined);
      for (const { instance, outcome, detail } of outcomes) {
        const change = changes.find((each) => each.instance === instance);
        if (change && outcome !== 'unreachable' && outcome !== 'refused')
          notes.add(`${change.words}; ${plan.color} was written again`);
        if (outcome === 'taken' && detail !== undefined) notes.add(detail);
      }
      const repair = plan.givesUp?.() === true ? repairFirst(outcomes, answers, tried) : undefined;
      if (repair !== undefined && against)
        return { end: 'elsewhere', answers, cause: `${against.instance}: ${against.detail}`, repair };
      if (against) cause = `${against.instance}: ${whyOf(against)}`;
      if (against?.outcome === 'refused') refusal = cause;
      else if (outcomes.length > 0) refusal = undefined;
      // A write without an answer may still be carried out: an answer right after it proves nothing.
      there =
        outcomes.every(({ outcome }) => outcome !== 'unclear') && arrived(answers, plan, writeLog, tried);
    }
    let confirmed = false;
    if (there) {
      if (before === undefined || !sameAnswers(before.answers, answers))
        before = { answers, at: clock.mono() };
      confirmed = writeLog.certain || clock.mono() - before.at >= apartMs;
    }
    if (confirmed) {
      // The probe asks for what is true by now, and clients need not wait for it.
      held ??= await plan.holding.end();
      const proof = plan.probe
        ? await askProbe(parts, adapters, session.loaded().record, plan.color, plan.deadline - clock.mono())
        : undefined;
      probed = proof?.detail;
      const followsMs = adapters.router.followsMs ?? 0;
      const unseen =
        plan.probe &&
        proof?.verdict !== 'same' &&
        before !== undefined &&
        clock.mono() - before.at < followsMs;
      if (proof?.verdict !== 'other' && !unseen) {
        // Store it before the record changes, or `status` would call the old answer drift.
        const { service } = session.loaded().record;
        await parts.store.saveAsked(new Map([[service, observed(parts, answers, heardNow.askedAt)]]));
        return {
          end: 'there',
          answers,
          cause,
          notes: [...notes],
          ...(probed !== undefined && { probe: probed }),
          ...(held && { held }),
        };
      }
      cause = `the router says ${plan.color}, but ${proof?.detail ?? 'nothing shows where traffic goes'}`;
    }
    const awaited = answers.every(
      ({ instance, heading }) =>
        writeLog.took.get(instance) === plan.color ||
        (heading === plan.color && !mustBeWritten(writeLog, instance, plan.color, plan.owed)),
    );
    const remainingMs = plan.deadline + (awaited ? (plan.graceMs ?? 0) : 0) - clock.mono();
    if (remainingMs <= 0) {
      // The refusal of the newest write may be some questions old.
      const no = refusal === undefined || refusal === cause ? '' : `; ${refusal}`;
      const why = [`${partly(answers, plan.color)}${cause}${no}`, ...notes].join('; ');
      return { end: 'elsewhere', answers, cause: why };
    }
    const wait =
      there && !confirmed && before !== undefined ? apartMs - (clock.mono() - before.at) : plan.pauseMs;
    await clock.sleep(Math.max(20, Math.min(wait, remainingMs)), plan.stoppable ? session.soft : undefined);
  }
}

/** Writes once to each instance that answers and is not there yet, or must be written anyway; not too often. */
async function write(
  { clock }: Pick<Parts, 'clock'>,
  session: WriteAccess,
  adapters: Adapters,
  writeLog: WriteLog,
  plan: Plan & { holding: Holding },
  answers: readonly RouterAnswer[],
  tried: Map<string, Tries>,
): Promise<PointAnswer[]> {
  const now = clock.mono();
  const headings = new Map(answers.map(({ instance, heading }) => [instance, heading]));
  const due = (instance: string): boolean => {
    const { sent, at } = tried.get(instance) ?? { sent: 0, at: 0 };
    return sent === 0 || now - at >= Math.min(againMs.first * 2 ** (sent - 1), againMs.last);
  };
  const behind = answers
    .filter(
      ({ instance, heading }) =>
        heading !== 'unreachable' &&
        (heading !== plan.color || mustBeWritten(writeLog, instance, plan.color, plan.owed)) &&
        due(instance),
    )
    .map((answer) => answer.instance);
  if (behind.length === 0 || now >= plan.deadline) return [];
  await plan.holding.begin();
  // A hook may take seconds.
  const stopped = plan.stop !== undefined && plan.stoppable && session.soft.aborted;
  if (plan.holding.refused !== undefined || plan.holding.lost || stopped) return [];
  const outcomes = await adapters.router.point(
    plan.color,
    plan.epoch,
    { ...session.permit(), insists: plan.insists === true },
    behind,
  );
  for (const answer of outcomes) {
    const { instance, outcome } = answer;
    const { all, sent, at, shutSince } = tried.get(instance) ?? { all: 0, sent: 0, at: 0 };
    const wasSent = outcome !== 'unreachable';
    tried.set(instance, {
      all: all + 1,
      sent: wasSent ? sent + 1 : sent,
      at: wasSent ? clock.mono() : at,
      ...(outcome === 'refused' && answer.repair !== undefined && { shutSince: shutSince ?? clock.mono() }),
    });
    noteWrite(writeLog, answer, plan.color, headings.get(instance));
  }
  return outcomes;
}

function partly(answers: readonly RouterAnswer[], color: Color): string {
  const there = answers.filter((answer) => answer.heading === color).length;
  return there > 0 && there < answers.length ? `${there} of ${answers.length} switched; ` : '';
}
