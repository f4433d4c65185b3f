import type { Color } from '../release/color.ts';
import { longestWriteMs } from '../release/limits.ts';
import type { PointAnswer, ReadyAnswer, Router, RouterAnswer, WritePermit } from '../release/ports.ts';
import { albOf } from './aws-alb-client.ts';
import type { Alb } from './aws-alb-client.ts';
import type { AlbFailure } from './aws-alb-errors.ts';
import { newHand } from './aws-alb-hand.ts';
import { notInUse, readHealth } from './aws-alb-health.ts';
import type { AlbRouterOptions } from './aws-alb-options.ts';
import { answerOf, instanceOf, readPlace, whatOf } from './aws-alb-read.ts';
import { allTo, targetGroupName, readActions, withColor } from './aws-alb-rule.ts';

const readDeadlineMs = 2_000;
/** Deadline of the read before a write, in ms; it leaves time for the write. */
const lookDeadlineMs = 1_000;

/**
 * Makes a router of a rule of an Application Load Balancer, or a listener's default action: weights 100 and 0 of two
 * target groups. The API confirms writes; traffic follows within `settles`, and only a probe can see that.
 */
export function albRouter(options: AlbRouterOptions, alb: Alb = albOf(options.region)): Router {
  const { targetGroups: groups, settles } = options;
  const instance = instanceOf(options);
  const what = whatOf(options);
  const hand = newHand(what);

  async function read(signal: AbortSignal, deadlineMs: number) {
    const found = await readPlace(alb, options, { signal, deadlineMs });
    if (found.ok) hand.saw(readActions(found.actions, groups));
    return found;
  }
  const health = (color: Color, signal: AbortSignal) =>
    alb.ask(
      'DescribeTargetHealth',
      { TargetGroupArn: groups[color] },
      { signal, deadlineMs: readDeadlineMs },
    );

  async function live(signal: AbortSignal, wanted?: Color): Promise<RouterAnswer> {
    const [found, targets] = await Promise.all([
      read(signal, readDeadlineMs),
      wanted === undefined ? undefined : health(wanted, signal),
    ]);
    const answer = answerOf(options, found);
    if (answer.heading !== wanted || targets?.ok !== true) return answer;
    const unused = notInUse(targets.output.TargetHealthDescriptions, targetGroupName(groups[wanted]));
    return unused === undefined ? answer : { instance, heading: 'unknown', detail: unused };
  }

  async function ready(color: Color, signal: AbortSignal): Promise<ReadyAnswer> {
    const [found, targets] = await Promise.all([read(signal, readDeadlineMs), health(color, signal)]);
    if (!found.ok) return { instance, ...doubtOf(found.failure) };
    const reading = readActions(found.actions, groups);
    const no = (detail: string, repair?: string): ReadyAnswer => ({
      instance,
      ready: 'no',
      lasting: true,
      detail,
      repair,
    });
    if (found.fixed !== undefined) return no(found.fixed.detail, found.fixed.repair);
    if (!reading.ours) return no(`the ${what} ${reading.says}`, reading.repair);
    if (reading.sticky)
      return no(
        `target group stickiness is on in the forward action of the ${what}, which would keep users on the old color; turn it off there (stickiness within a target group may stay)`,
      );
    const name = targetGroupName(groups[color]);
    if (targets.ok)
      return {
        instance,
        ...readHealth(targets.output.TargetHealthDescriptions, name, reading.attached.includes(color)),
      };
    if (unknownGroup(targets)) return no(`AWS has no target group ${name}`, groupRepair(name));
    return { instance, ...doubtOf(targets) };
  }

  async function point(color: Color, epoch: number, permit: WritePermit): Promise<PointAnswer> {
    const found = await read(permit.signal, lookDeadlineMs);
    if (!found.ok) {
      const { why, detail } = found.failure;
      const silent = why === 'unreachable' || why === 'unclear';
      return { instance, outcome: silent ? 'unreachable' : 'refused', detail };
    }
    const reading = readActions(found.actions, groups);
    const { says, repair } = reading;
    const theirs = reading.ours ? found.fixed : { detail: `the ${what} ${says}`, repair };
    if (theirs !== undefined) return { instance, outcome: 'refused', ...theirs };
    const against = hand.against(reading, color, epoch, permit.insists === true);
    if (against !== undefined) return { instance, outcome: 'refused', detail: against };
    const overwritten = hand.overwrites(reading, epoch);
    const actions = withColor(found.actions, groups, color);
    const how = {
      signal: permit.signal,
      deadlineMs: longestWriteMs,
      mayWrite() {
        const may = permit.mayWrite(longestWriteMs);
        if (may) hand.writes(reading, allTo(groups[color]), epoch);
        return may;
      },
    };
    const written = await (options.rule === undefined
      ? alb.ask('ModifyListener', { ListenerArn: options.listener, DefaultActions: actions }, how)
      : alb.ask('ModifyRule', { RuleArn: options.rule, Actions: actions }, how));
    if (!written.ok) {
      const { why, detail } = written;
      const gone = unknownGroup(written) ? groupRepair(targetGroupName(groups[color])) : undefined;
      return { instance, outcome: why === 'garbled' ? 'unclear' : why, detail, repair: gone };
    }
    const after = await read(permit.signal, lookDeadlineMs);
    const changed = after.ok ? hand.changedAfter(readActions(after.actions, groups)) : undefined;
    if (changed !== undefined) return { instance, outcome: 'unclear', detail: changed };
    return { instance, outcome: 'taken', ...(overwritten !== undefined && { detail: overwritten }) };
  }

  return {
    instances: [instance],
    followsMs: settles,
    knowsColors: true,
    advice: {
      correct: () =>
        'correct the rule, its target groups or their targets in AWS, or router.targetGroups (docs/aws-alb.md)',
      reach:
        'give this process AWS credentials, and a way to the AWS API (AWS_PROFILE, AWS_ENDPOINT_URL, HTTPS_PROXY)',
      names:
        'compare rule, region and targetGroups with what AWS has; switchback doctor --policy prints the rights',
      tells: 'give this process the rights that switchback doctor --policy prints',
    },
    live: async (signal, wanted) => [await live(signal, wanted)],
    ready: async (color, signal) => [await ready(color, signal)],
    async point(color, epoch, permit, only) {
      return only === undefined || only.includes(instance) ? [await point(color, epoch, permit)] : [];
    },
  };
}

function unknownGroup({ code }: AlbFailure): boolean {
  return code?.startsWith('TargetGroupNotFound') === true;
}

function groupRepair(name: string): string {
  return `create target group ${name}, or correct router.targetGroups`;
}

function doubtOf({ why, detail }: AlbFailure): Pick<ReadyAnswer, 'ready' | 'detail'> {
  return { ready: why === 'unreachable' || why === 'unclear' ? 'unreachable' : 'unknown', detail };
}
