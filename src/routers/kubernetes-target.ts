/** What both forms of the Kubernetes router share: one object that is read and then changed, and never over somebody else. */
import { randomBytes } from 'node:crypto';
import { isSilent } from '../kubernetes/cluster.ts';
import type { Cluster, Kind, PatchOperation, Reply } from '../kubernetes/cluster.ts';
import type { Need } from '../kubernetes/rights.ts';
import type { Color } from '../release/color.ts';
import type { PointAnswer, ReadyAnswer, RouterAnswer, WriteLeave } from '../release/ports.ts';

const writeDeadlineMs = 1_000;
/** Reads and writes again where only what is not ours changed in between: controllers write the status at any moment. */
const mostTries = 4;

/** The object that decides where traffic goes. */
export interface Target {
  kind: Kind;
  name: string;
  /** For people: `HTTPRoute shop/checkout`. */
  instance: string;
  /** What stays on the old color after a switch, as a sentence; `{left}` is replaced. */
  keeps: string;
  /** What somebody else did during the write before this one, while nobody was told of it. */
  raced?: string | undefined;
  /** What of the object as it was read is ours, and how it is pointed at a color; or why it cannot be. */
  plan(object: unknown, color: Color): Plan | { cannot: string };
  /** Rights without which it cannot be asked or switched. */
  needs: readonly Need[];
  live(signal: AbortSignal): Promise<Omit<RouterAnswer, 'instance'>>;
  ready(color: Color, signal: AbortSignal): Promise<Omit<ReadyAnswer, 'instance'>>;
}

export interface Plan {
  /** What it says now, for people; two that are equal mean that nobody changed it. */
  says: string;
  /** Who changed it last, where that was somebody else. */
  by: string | undefined;
  version: string;
  annotated: boolean;
  operations: PatchOperation[];
}

/** The annotation that each write changes. */
const annotation = 'switchback/write';

/**
 * One write. The object must be the one that was just read (`test` of its version), so no write is carried out late: each
 * one changes the version, also where the color stays.
 */
export async function pointTarget(
  cluster: Cluster,
  target: Target,
  color: Color,
  epoch: number,
  leave: WriteLeave,
): Promise<PointAnswer> {
  const { kind, name, instance } = target;
  let before: string | undefined;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const read = await cluster.get(kind, name, leave.signal);
    if (!read.ok)
      return { instance, outcome: isSilent(read) ? 'unreachable' : 'refused', detail: read.detail };
    const plan = target.plan(read.value, color);
    if ('cannot' in plan) return { instance, outcome: 'refused', detail: plan.cannot };
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
      signal: leave.signal,
      deadlineMs: writeDeadlineMs,
      mayWrite: () => leave.mayWrite(writeDeadlineMs),
    });
    if (wrote.ok) {
      const { raced } = target;
      target.raced = undefined;
      // Written over in the end, by a try that knew of it: people hear of that.
      return {
        instance,
        outcome: 'taken',
        ...(raced !== undefined && { detail: `${raced}; ${color} was written after that` }),
      };
    }
    if (wrote.raced) continue;
    if (!wrote.sent) return { instance, outcome: 'unreachable', detail: wrote.detail };
    // Too many requests: that one was not carried out.
    const unclear = isSilent(wrote) && wrote.status !== 429;
    return { instance, outcome: unclear ? 'unclear' : 'refused', detail: wrote.detail };
  }
  return { instance, outcome: 'refused', detail: 'it changed between each reading and the write after it' };
}

/** What a question that failed says of where traffic goes. */
export function unheard(reply: Extract<Reply<unknown>, { ok: false }>): Omit<RouterAnswer, 'instance'> {
  // Who may not look knows nothing of traffic, and must not say that somebody moved it.
  const blind = isSilent(reply) || reply.status === 401 || reply.status === 403;
  return { heading: blind ? 'unreachable' : 'unknown', detail: reply.detail };
}

/** What a question that failed says of whether a color could be served. */
export function unready(reply: Extract<Reply<unknown>, { ok: false }>): Omit<ReadyAnswer, 'instance'> {
  return { ready: isSilent(reply) ? 'unreachable' : 'no', detail: reply.detail };
}
