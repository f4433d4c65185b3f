/** Storage that does something to its own process at chosen saves: so that a test can end a replica at every step. */
import type { Storage } from '../../src/bot.ts';
import type { Change } from '../../src/release/store.ts';

/** Where a replica is to be stopped: at the first save of a service that reaches this label. */
export interface Point {
  service: string;
  /** See `labelOf`; `pending-revert`: a revert is stored as a pending revert; `alert`: an alert of the service is. */
  label: string;
  when: 'before' | 'after';
}

/** The history entries that tell of a countdown to an automatic revert. */
const countdownEntries: ReadonlySet<string> = new Set(['countdown', 'hold', 'resume', 'called-off']);

/**
 * What a save brings about: `adopted`; `<operation>:<step>` while one is under way (`:begun`, `:id` of a deploy,
 * `:ending` when it is to be dropped; `:waits` when it denies writes; a step of the turn of databases); `<operation>><state>` when it ends; else `rest:<state>`, with what happened to a
 * countdown, or what is still due. `before`: the operation that this process saw under way before.
 */
function labelOf({ expect, record, history }: Change, before: string | undefined): string {
  const { op, state, bake, afterRevert } = record;
  if (expect === 0) return 'adopted';
  if (op && state !== 'stuck') {
    if (op.ending && op.intentAt === undefined) return `${op.kind}:ending`;
    if (op.step === 'read-only')
      return `promote:read-only${record.readOnly?.switchAt === undefined ? '' : ':waits'}`;
    const turned = record.turn?.begun.at(-1);
    if (turned && op.step === 'switch') return `${op.kind}:switch:${turned.step}`;
    const part = op.deployId !== undefined ? ':id' : op.deadlineAt !== undefined ? ':begun' : '';
    return `${op.kind}:${op.step}${op.step === 'deploy' ? part : ''}`;
  }
  if (before !== undefined) return `${before}>${state}`;
  const counts = history.find(({ what }) => countdownEntries.has(what));
  if (counts) return `rest:${state}:${counts.what}`;
  if (bake?.hooksDone === true) return `rest:${state}:hooked`;
  return afterRevert ? `rest:${state}:after-revert` : `rest:${state}`;
}

/**
 * The same storage, with `trip` called and awaited before or after the save of each point, once a point. While it is
 * awaited nothing else is saved for that service, as in a process that is no more; leases are still renewed.
 */
export function tripwire(
  storage: Storage,
  points: readonly Point[],
  trip: (point: Point) => Promise<void>,
): Storage {
  const { store, alerts } = storage;
  const left = [...points];
  const underWay = new Map<string, string>();
  const tripping = new Map<string, Promise<void>>();
  const at = async (service: string, label: string, when: Point['when']): Promise<void> => {
    const index = left.findIndex(
      (point) => point.service === service && point.label === label && point.when === when,
    );
    const [point] = index < 0 ? [] : left.splice(index, 1);
    if (!point) return;
    const tripped = trip(point);
    tripping.set(service, tripped);
    await tripped;
    tripping.delete(service);
  };
  return {
    ...storage,
    alerts: {
      ...alerts,
      async save(change) {
        const service = change.group.service ?? '';
        await at(service, 'alert', 'before');
        const answer = await alerts.save(change);
        if (answer.ok) await at(service, 'alert', 'after');
        return answer;
      },
    },
    store: {
      ...store,
      async save(change) {
        const { service, record } = change;
        await tripping.get(service);
        const label = labelOf(change, underWay.get(service));
        await at(service, label, 'before');
        const answer = await store.save(change);
        if (!answer.ok) return answer;
        if (record.op && record.state !== 'stuck') underWay.set(service, record.op.kind);
        else underWay.delete(service);
        await at(service, label, 'after');
        return answer;
      },
      async savePendingRevert(...args) {
        await tripping.get(args[0]);
        await at(args[0], 'pending-revert', 'before');
        const answer = await store.savePendingRevert(...args);
        await at(args[0], 'pending-revert', 'after');
        return answer;
      },
      async note(...args) {
        await tripping.get(args[0]);
        return store.note(...args);
      },
      async acquire(service, token) {
        await tripping.get(service);
        return store.acquire(service, token);
      },
      async release(service, token) {
        await tripping.get(service);
        return store.release(service, token);
      },
    },
  };
}
