import type { Color } from './color.ts';
import { allAt, heard, reachableAt, sameAnswers, summarise } from './heading.ts';
import type { Parts } from './parts.ts';
import type { Adapters, PointAnswer, RouterAnswer } from './ports.ts';
import { question } from './question.ts';
import type { ServiceRecord } from './release.ts';
import type { Session } from './session.ts';
import { within } from './within.ts';

/** Two answers must be this far apart to settle a call of unknown outcome, ms (SPEC 3.2). */
const settleMs = 1_000;

/** Who may write to the router of a service: a session, or somebody who has the record of none. */
export type Helm = Pick<Session, 'alive' | 'soft' | 'leave'> & {
  loaded(): { record: Pick<ServiceRecord, 'service' | 'colors'> };
};

/** What steering needs of a process. */
export type SteerParts = Pick<Parts, 'clock'> & { store: Pick<Parts['store'], 'saveAsked'> };

/** What a process knows of the writes of one operation. */
export interface Wheel {
  /** False after a takeover or a call of unknown outcome: then only two equal answers, 1 s apart, count. */
  certain: boolean;
  /** Instances that may have been written to by this operation; undefined: not known (taken over). */
  touched: Set<string> | undefined;
}

/** A wheel for an operation that this process began (`certain`), or took over. */
export function newWheel(certain: boolean): Wheel {
  return { certain, touched: certain ? new Set() : undefined };
}

export interface Steering {
  /** `there`: verified; `elsewhere`: the deadline passed; `stopped`: something else must be looked at first. */
  end: 'there' | 'elsewhere' | 'stopped';
  answers: RouterAnswer[];
  /** What the probe said, or why it proves nothing. */
  probe?: string;
  /** Why it is not there. */
  cause: string;
}

/**
 * Which instances must be there: `all` (a promote); the `reachable` ones; or `some`: one at least, while those that
 * answer but do not follow `tries` writes are left behind, as the unreachable ones are (a revert).
 */
export type Need = 'all' | 'reachable' | 'some';

/** Writes to one instance before it is left behind where `some` are enough. */
const tries = 3;

interface Plan {
  color: Color;
  epoch: number;
  need: Need;
  /** Monotonic, ms. */
  deadline: number;
  pauseMs: number;
  probe: boolean;
  stoppable: boolean;
}

/**
 * Points the router at `color` and verifies it: ask, write what is not there yet, read back, probe. One write an
 * instance; repeated only when the read-back still says otherwise. Runs until verified or past the deadline.
 */
export async function steer(
  parts: SteerParts,
  session: Helm,
  adapters: Adapters,
  wheel: Wheel,
  plan: Plan,
): Promise<Steering> {
  const { clock } = parts;
  const tried = new Map<string, number>();
  let answers: RouterAnswer[] = [];
  let before: { answers: RouterAnswer[]; at: number } | undefined;
  let probed: string | undefined;
  let cause = 'the router was not asked';
  for (;;) {
    if (!session.alive() || (plan.stoppable && session.soft.aborted))
      return { end: 'stopped', answers, cause };
    let askedAt = clock.mono();
    answers = await question(parts, adapters.router);
    cause = `the router says ${summarise(answers).detail}`;
    let there = arrived(answers, plan, tried);
    if (!there) {
      before = undefined;
      const outcomes = await write(parts, session, adapters, wheel, plan, answers, tried);
      if (outcomes.some(({ outcome }) => outcome === 'taken')) {
        askedAt = clock.mono();
        answers = await question(parts, adapters.router);
        cause = `the router says ${summarise(answers).detail}`;
      }
      const against = outcomes.find(({ outcome, detail }) => outcome !== 'taken' && detail !== undefined);
      if (against) cause = `${against.instance}: ${against.detail}`;
      // A write without an answer may still be carried out: what is heard right after it proves nothing.
      there = outcomes.every(({ outcome }) => outcome !== 'unclear') && arrived(answers, plan, tried);
    }
    let settled = false;
    if (there) {
      if (before === undefined || !sameAnswers(before.answers, answers))
        before = { answers, at: clock.mono() };
      settled = wheel.certain || clock.mono() - before.at >= settleMs;
    }
    if (settled) {
      const proof = plan.probe
        ? await probe(parts, adapters, session.loaded().record, plan.color, plan.deadline - clock.mono())
        : undefined;
      probed = proof?.detail;
      if (proof === undefined || proof.verdict !== 'other') {
        // Before the record moves on, or status would call the old answer drift.
        const { service } = session.loaded().record;
        await parts.store.saveAsked(new Map([[service, heard(parts, answers, askedAt)]]));
        return { end: 'there', answers, cause, ...(probed !== undefined && { probe: probed }) };
      }
      cause = `the router says ${plan.color}, but ${proof.detail}`;
    }
    const left = plan.deadline - clock.mono();
    if (left <= 0) return { end: 'elsewhere', answers, cause: `${partly(answers, plan.color)}${cause}` };
    const wait =
      there && !settled && before !== undefined ? settleMs - (clock.mono() - before.at) : plan.pauseMs;
    await clock.sleep(Math.max(20, Math.min(wait, left)), plan.stoppable ? session.soft : undefined);
  }
}

function arrived(
  answers: readonly RouterAnswer[],
  { color, need }: Plan,
  tried: ReadonlyMap<string, number>,
): boolean {
  switch (need) {
    case 'all':
      return allAt(answers, color);
    case 'reachable':
      return reachableAt(answers, color);
    case 'some':
      return reachableAt(
        answers.filter(({ instance, heading }) => heading === color || (tried.get(instance) ?? 0) < tries),
        color,
      );
    default:
      return need satisfies never;
  }
}

/** One write to each instance that answers and is not there yet. */
async function write(
  { clock }: Pick<Parts, 'clock'>,
  session: Helm,
  adapters: Adapters,
  wheel: Wheel,
  plan: Plan,
  answers: readonly RouterAnswer[],
  tried: Map<string, number>,
): Promise<PointAnswer[]> {
  const behind = answers
    .filter((answer) => answer.heading !== plan.color && answer.heading !== 'unreachable')
    .map((answer) => answer.instance);
  if (behind.length === 0 || clock.mono() >= plan.deadline) return [];
  const outcomes = await adapters.router.point(plan.color, plan.epoch, session.leave(), behind);
  for (const { instance, outcome } of outcomes) {
    tried.set(instance, (tried.get(instance) ?? 0) + 1);
    if (outcome === 'taken' || outcome === 'unclear') wheel.touched?.add(instance);
    if (outcome === 'unclear') wheel.certain = false;
  }
  return outcomes;
}

function partly(answers: readonly RouterAnswer[], color: Color): string {
  const there = answers.filter((answer) => answer.heading === color).length;
  return there > 0 && there < answers.length ? `${there} of ${answers.length} switched; ` : '';
}

/** Asks through the router which color answers. Undefined: no probe is configured. */
export async function probe(
  { clock }: Pick<Parts, 'clock'>,
  adapters: Adapters,
  record: Pick<ServiceRecord, 'colors'>,
  color: Color,
  leftMs: number,
): Promise<{ verdict: 'same' | 'other' | 'proves-nothing'; detail: string } | undefined> {
  const asked = adapters.probe;
  if (!asked) return undefined;
  const versions = {
    blue: record.colors.blue.version ?? undefined,
    green: record.colors.green.version ?? undefined,
  };
  return within(clock, Math.max(1_000, leftMs), (signal) => asked.ask(color, versions, signal));
}
