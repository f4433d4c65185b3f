/** Decides what a waiting command waits for, and what refuses it at once. Pure. */
import { refusalsOf } from './decide.ts';
import { freezeAt } from './freeze.ts';
import type { Facts } from './gates.ts';
import { joinedBy, line } from './line.ts';
import type { Line } from './line.ts';
import { firstRefusal } from './refusals.ts';
import type { Refusal, RefusalCode } from './refusals.ts';
import { lockAt } from './release.ts';
import type { PromoteCommand } from './verbs/promote.ts';
import type { StageCommand } from './verbs/stage.ts';
import { mention } from './mention.ts';

/** A command that may wait for its turn. */
export type Waiting = StageCommand | PromoteCommand;

const passing: ReadonlySet<RefusalCode> = new Set(['operation-in-progress', 'locked', 'frozen']);

/** Returns true for a refusal that passes by itself, or by a person who lets releases continue. */
export function passes({ code }: Pick<Refusal, 'code'>): boolean {
  return passing.has(code);
}

/**
 * Returns the refusal that no waiting clears, if there is one, and whether the command must wait. `stageAhead`: a
 * stage is before it in the line.
 */
export function turnGates(
  facts: Facts,
  command: Waiting,
  stageAhead: boolean,
): { final: Refusal | undefined; held: boolean } {
  const all = refusalsOf(facts, command);
  const { state } = facts.record;
  const moves = state === 'promoting' || state === 'reverting';
  const final = all.filter((refusal) => {
    if (passes(refusal)) return false;
    // The live and the staged version may be others when its turn comes.
    if (refusal.code === 'already-live') return !moves;
    return refusal.code !== 'nothing-staged' || (state === 'idle' && !stageAhead);
  });
  return { final: firstRefusal(final), held: all.some(passes) };
}

/** Says until when a healthy release bakes, if that is known. */
function bakingWords(
  service: string,
  { until, unwatched, unmeasured, unsettled }: NonNullable<Facts['record']['bake']>,
  now: number,
): Line {
  if (unwatched === true)
    return line`${service} bakes, and nobody watches it: it does not settle before somebody does`;
  if (unmeasured !== undefined && until <= now)
    return line`${service} bakes, and is not settled without a number: ${unmeasured.cause}`;
  if (unsettled !== undefined && until <= now)
    return line`${service} bakes, and is not settled: ${unsettled}`;
  return until > now
    ? line`${service} bakes until ${{ at: until }}`
    : line`${service} bakes; its time ended ${{ at: until }}, and it has not settled yet`;
}

/** Says what holds it up now; empty if nothing does. */
export function heldWords({ record, settings, now, leftAt }: Facts, command: Waiting): Line {
  const { service, state, bake, op } = record;
  const number = record.releases[0]?.number ?? 0;
  const lock = lockAt(record, now);
  const override = command.verb === 'promote' && command.duringFreeze !== undefined;
  const freeze = override ? undefined : freezeAt(settings.freeze, now);
  const words: Line[] = [];
  if (state === 'baking' && bake)
    words.push(
      bake.verdict === 'healthy'
        ? bakingWords(service, bake, now)
        : line`${service} bakes, and is unhealthy: ${bake.cause ?? 'no verdict'}`,
    );
  else if (op && state !== 'idle' && state !== 'staged')
    words.push(
      line`${service} is ${state} (#${number}), started by ${mention(op.actor)}${leftAt === undefined ? [] : line`; nobody has continued it since ${{ at: leftAt }}`}`,
    );
  if (lock)
    words.push(
      line`${service} is locked by ${mention(lock.holder)} ${lock.until === null ? 'until somebody unlocks it' : line`until ${{ at: lock.until }}`}: ${lock.reason}`,
    );
  if (freeze) words.push(line`releases are frozen until ${{ at: freeze.until }}: ${freeze.reason}`);
  return joinedBy('; ', words);
}
