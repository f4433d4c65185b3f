/** Decides whether a target group could serve, by the load balancer's health checks. Pure. */
import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { oneLineText } from '../net/answer-path.ts';
import type { ReadyAnswer } from '../release/ports.ts';

type Said = Omit<ReadyAnswer, 'instance'>;

/** Reads the health of one group's targets. `name`: of the group; `attached`: it is in the switched action. */
export function readHealth(
  targets: readonly TargetHealthDescription[] | undefined,
  name: string,
  attached: boolean,
): Said {
  const states = (targets ?? []).map(({ TargetHealth: { State, Reason } = {} }) => ({
    state: `${State}`,
    reason: Reason,
  }));
  if (states.length === 0) return { ready: 'no', detail: `target group ${name} has no target` };
  if (states.some(({ state }) => state === 'healthy')) return { ready: 'yes' };
  if (states.every(({ reason }) => reason === 'Target.HealthCheckDisabled'))
    return {
      ready: 'unknown',
      lasting: true,
      detail: `the health checks of target group ${name} are off, so it cannot be seen whether it could serve`,
    };
  const counts = new Map<string, number>();
  for (const { state, reason } of states) {
    const word = oneLineText(reason === undefined ? state : `${state}: ${reason}`, 80);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const each = [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
  if (states.every(({ state }) => state === 'unused') && !attached)
    return {
      ready: 'no',
      lasting: true,
      detail: `target group ${name} is not in the forward action, so the load balancer does not check its targets (${each}); add it with weight 0`,
    };
  return { ready: 'no', detail: `no target of target group ${name} is healthy (${each})` };
}

/** Says that the load balancer uses none of the targets yet; undefined: it uses some, or has none. */
export function notInUse(
  targets: readonly TargetHealthDescription[] | undefined,
  name: string,
): string | undefined {
  const all = targets ?? [];
  const unused = all.every(({ TargetHealth }) => TargetHealth?.Reason === 'Target.NotInUse');
  return all.length > 0 && unused
    ? `it forwards to ${name}, but the load balancer does not use its targets yet (Target.NotInUse)`
    : undefined;
}
