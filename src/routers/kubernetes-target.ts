/** The common part of both Kubernetes routers: reads an object and changes it, never over somebody else's change. */
import { randomBytes } from 'node:crypto';
import { isUnanswered } from '../kubernetes/cluster.ts';
import type { Cluster, Kind, PatchOperation, KubernetesReply } from '../kubernetes/cluster.ts';
import type { NeededRight } from '../kubernetes/rights.ts';
import type { Color } from '../release/color.ts';
import type { PointAnswer, ReadyAnswer, Repairable, RouterAnswer, WritePermit } from '../release/ports.ts';

const writeDeadlineMs = 1_000;
/**
 * Most attempts to read and write where only other fields changed in between: controllers write the status at any
 * moment.
 */
const mostTries = 4;

/** The object that decides where traffic goes. */
export interface Target {
  kind: Kind;
  name: string;
  /** The name for people: `HTTPRoute shop/checkout`. */
  instance: string;
  /** What stays on the old color after a switch, as a sentence; `{old}` is replaced. */
  keeps: string;
  /** What somebody else did during the previous write, not reported yet. */
  raced?: string | undefined;
  /** Plans a switch to a color from the object as read; or says why that is impossible. */
  plan(object: unknown, color: Color): Plan | Cannot;
  /** Rights needed to read and switch it. */
  needs: readonly NeededRight[];
  live(signal: AbortSignal): Promise<Omit<RouterAnswer, 'instance'>>;
  ready(color: Color, signal: AbortSignal): Promise<Omit<ReadyAnswer, 'instance'>>;
}

/** Why the object cannot be switched. */
export interface Cannot extends Repairable {
  cannot: string;
}

/** A planned change of the object. */
export interface Plan {
  /** What it says now, for people; equal texts mean that nobody changed it. */
  says: string;
  /** The last editor, if not this program. */
  by: string | undefined;
  version: string;
  annotated: boolean;
  operations: PatchOperation[];
}

/** The annotation that each write changes. */
const annotation = 'switchback/write';

/**
 * Writes once. The write applies only to the object that was just read (`test` of its version), so that no write is
 * carried out late: each changes the version, even when the color stays.
 */
export async function pointTarget(
  cluster: Cluster,
  target: Target,
  color: Color,
  epoch: number,
  permit: WritePermit,
): Promise<PointAnswer> {
  const { kind, name, instance } = target;
  let before: string | undefined;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const read = await cluster.get(kind, name, permit.signal);
    if (!read.ok)
      return { instance, outcome: isUnanswered(read) ? 'unreachable' : 'refused', detail: read.detail };
    const plan = target.plan(read.value, color);
    if ('cannot' in plan) return { instance, outcome: 'refused', detail: plan.cannot, repair: plan.repair };
    if (before !== undefined && before !== plan.says) {
      const changed = `${plan.by ?? 'somebody else'} changed it at the same moment: ${plan.says}`;
      target.raced = changed;
      return { instance, outcome: 'refused', detail: `${changed}. Nothing was written over that` };
    }
    before = plan.says;
    const operations: PatchOperation[] = [
      { op: 'test', path: '/metadata/resourceVersion', value: plan.version },
      ...plan.operations,
      ...(plan.annotated ? [] : [{ op: 'add' as const, path: '/metadata/annotations', value: {} }]),
      {
        op: 'add',
        path: `/metadata/annotations/${annotation.replace('/', '~1')}`,
        value: `${epoch} ${randomBytes(6).toString('hex')}`,
      },
    ];
    const wrote = await cluster.patch(kind, name, operations, {
      signal: permit.signal,
      deadlineMs: writeDeadlineMs,
      mayWrite: () => permit.mayWrite(writeDeadlineMs),
    });
    if (wrote.ok) {
      const { raced } = target;
      target.raced = undefined;
      // A later attempt overwrote this change knowingly: it is reported.
      return {
        instance,
        outcome: 'taken',
        ...(raced !== undefined && { detail: `${raced}; ${color} was written after that` }),
      };
    }
    if (wrote.raced) continue;
    if (!wrote.sent) return { instance, outcome: 'unreachable', detail: wrote.detail };
    // Too many requests: that write was not carried out.
    const unclear = isUnanswered(wrote) && wrote.status !== 429;
    return { instance, outcome: unclear ? 'unclear' : 'refused', detail: wrote.detail };
  }
  return { instance, outcome: 'refused', detail: 'it changed between every read and the write after it' };
}

/** What to repair where the API server refuses the bot, by status. */
const rights: Readonly<Record<number, string>> = {
  401: 'give the bot a token or kubeconfig that the API server accepts',
  403: 'give it that right; switchback doctor lists all that are missing',
};

/** The router's answer when a read failed. */
export function unreadAnswer(
  reply: Extract<KubernetesReply<unknown>, { ok: false }>,
): Omit<RouterAnswer, 'instance'> {
  // Without the right to read, the bot knows nothing of traffic, and must not report drift.
  if (isUnanswered(reply)) return { heading: 'unreachable', detail: reply.detail };
  const repair = reply.status === undefined ? undefined : rights[reply.status];
  return { heading: repair === undefined ? 'unknown' : 'unreachable', detail: reply.detail, repair };
}

/** The readiness when a read failed. */
export function unready(
  reply: Extract<KubernetesReply<unknown>, { ok: false }>,
): Omit<ReadyAnswer, 'instance'> {
  return { ready: isUnanswered(reply) ? 'unreachable' : 'no', detail: reply.detail };
}
