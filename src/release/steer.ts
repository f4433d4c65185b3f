import type { Color } from './color.ts';
import { allAt, reachableAt, sameAnswers, summarise } from './heading.ts';
import type { Parts } from './parts.ts';
import type { Adapters, RouterAnswer } from './ports.ts';
import type { ServiceRecord } from './release.ts';
import type { Session } from './session.ts';

/** Two answers must be this far apart to settle a call of unknown outcome, ms (SPEC 3.2). */
const settleMs = 1_000;

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
 * Points the router at `color` and verifies it: ask, write what is not there yet, read back, probe. One write an
 * instance; repeated only when the read-back still says otherwise. `all`: every instance must follow (a promote);
 * else the reachable ones. Runs until verified or `deadline` (monotonic, ms).
 */
export async function steer(
  parts: Parts,
  session: Session,
  adapters: Adapters,
  wheel: Wheel,
  plan: {
    color: Color;
    epoch: number;
    all: boolean;
    deadline: number;
    pauseMs: number;
    probe: boolean;
    stoppable: boolean;
  },
): Promise<Steering> {
  const { clock } = parts;
  let answers: RouterAnswer[] = [];
  let before: { answers: RouterAnswer[]; at: number } | undefined;
  let probed: string | undefined;
  let cause = 'the router was not asked';
  for (;;) {
    if (!session.alive() || (plan.stoppable && session.soft.aborted))
      return { end: 'stopped', answers, cause };
    answers = await adapters.router.live(AbortSignal.timeout(2_000));
    const there = plan.all ? allAt(answers, plan.color) : reachableAt(answers, plan.color);
    cause = `the router says ${summarise(answers).detail}`;
    if (there) {
      const settled =
        wheel.certain ||
        (before !== undefined &&
          sameAnswers(before.answers, answers) &&
          clock.mono() - before.at >= settleMs);
      if (before === undefined || !sameAnswers(before.answers, answers))
        before = { answers, at: clock.mono() };
      if (settled) {
        const proof = plan.probe
          ? await probe(adapters, session.loaded().record, plan.color, plan.deadline - clock.mono())
          : undefined;
        probed = proof?.detail;
        if (proof === undefined || proof.verdict !== 'other') {
          // Before the record moves on, or status would call the old answer drift.
          await parts.store.saveAsked(new Map([[session.loaded().record.service, summarise(answers)]]));
          return { end: 'there', answers, cause, ...(probed !== undefined && { probe: probed }) };
        }
        cause = `the router says ${plan.color}, but ${proof.detail}`;
      }
    } else {
      before = undefined;
      const behind = answers
        .filter((answer) => answer.heading !== plan.color && answer.heading !== 'unreachable')
        .map((answer) => answer.instance);
      if (behind.length > 0 && clock.mono() < plan.deadline) {
        const outcomes = await adapters.router.point(plan.color, plan.epoch, session.leave(), behind);
        for (const outcome of outcomes) {
          if (outcome.outcome === 'taken' || outcome.outcome === 'unclear')
            wheel.touched?.add(outcome.instance);
          if (outcome.outcome === 'unclear') wheel.certain = false;
          if (outcome.outcome !== 'taken' && outcome.detail !== undefined)
            cause = `${outcome.instance}: ${outcome.detail}`;
        }
        if (outcomes.every((outcome) => outcome.outcome === 'taken')) {
          answers = await adapters.router.live(AbortSignal.timeout(2_000));
          if (plan.all ? allAt(answers, plan.color) : reachableAt(answers, plan.color)) continue;
        }
      }
    }
    const left = plan.deadline - clock.mono();
    if (left <= 0) return { end: 'elsewhere', answers, cause };
    const wait =
      !wheel.certain && there && before !== undefined ? settleMs - (clock.mono() - before.at) : plan.pauseMs;
    await clock.sleep(Math.max(20, Math.min(wait, left)), plan.stoppable ? session.soft : undefined);
  }
}

async function probe(
  adapters: Adapters,
  record: ServiceRecord,
  color: Color,
  leftMs: number,
): Promise<{ verdict: 'same' | 'other' | 'proves-nothing'; detail: string } | undefined> {
  if (!adapters.probe) return undefined;
  const versions = {
    blue: record.colors.blue.version ?? undefined,
    green: record.colors.green.version ?? undefined,
  };
  return adapters.probe.ask(color, versions, AbortSignal.timeout(Math.max(1_000, Math.ceil(leftMs))));
}
