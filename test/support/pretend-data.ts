/** Pretended databases of two colors: which side is writable, which one follows, and what is not there yet. */
import { otherColor } from '../../src/release/color.ts';
import type { Color } from '../../src/release/color.ts';
import type { Data, Missed, TurnOrder, TurnResult } from '../../src/release/data.ts';

/** The databases as they are. Tests change it as they go. */
export interface DataWorld {
  writable: Record<Color, boolean>;
  /** The color that follows the other; undefined: none does. */
  follows: Color | undefined;
  /** Why they cannot be turned; undefined: they can. */
  apart?: string;
  /** The side that follows gets nothing: a turn waits in vain. */
  stands?: boolean;
  /** Databases that do not answer. */
  down: Set<Color>;
  /** What the writable color has that the other has not. */
  missed: Missed;
  /** The steps that were done: what, for which side, by whom. */
  done: string[];
  /** Called when a step was done. */
  after?: (step: string) => void;
  /** Times at which both sides were writable. */
  both: string[];
  /** The process whose connection may change something. */
  holder?: string;
}

/** Blue is written, and green follows. */
export function newData(): DataWorld {
  return {
    writable: { blue: true, green: false },
    follows: 'green',
    down: new Set(),
    missed: { tables: [] },
    done: [],
    both: [],
  };
}

/** The databases for one process. `turn`: resolves when it may go on, never once it is dead. */
export function pretendData(world: DataWorld, caller: { name: string; turn(): Promise<void> }): Data {
  const down = (): string | undefined => {
    const [gone] = world.down;
    return gone === undefined ? undefined : `the database of ${gone} does not answer`;
  };
  return {
    async gate(to, _signal, begun) {
      await caller.turn();
      const silent = down();
      if (begun !== undefined && silent === undefined) return { ok: true, lagMs: 0 };
      const why = silent ?? world.apart;
      if (why !== undefined) return { ok: false, why, fix: 'set replication up again' };
      if (world.writable[to]) return { ok: true, lagMs: 0 };
      return world.follows === to ? { ok: true, lagMs: 12 } : { ok: false, why: `${to} follows nothing` };
    },
    async lag() {
      await caller.turn();
      return down() === undefined ? 12 : undefined;
    },
    async missed() {
      await caller.turn();
      return world.missed;
    },
    async turn(to, order) {
      world.holder = caller.name;
      try {
        return await turn(world, caller, to, order);
      } catch (cause) {
        return { turned: false, why: (cause as Error).message };
      }
    },
  };
}

async function turn(
  world: DataWorld,
  caller: { name: string; turn(): Promise<void> },
  to: Color,
  order: TurnOrder,
): Promise<TurnResult> {
  const { begun, force, signal } = order;
  const from = otherColor(to);
  const isBegun = (step: string): boolean => begun.some((each) => each.step === step);
  const step = async (name: string, color: Color, change: () => void): Promise<void> => {
    if (!(await order.before(`${name} ${color}`))) throw new Error('another process goes on');
    await caller.turn();
    // A successor ends the connection of the process before it.
    if (world.holder !== caller.name) throw new Error('the connection was ended');
    if (!order.mayWrite()) throw new Error('the lease does not cover it');
    if (world.down.has(color)) throw new Error(`the database of ${color} does not answer`);
    change();
    world.done.push(`${name} ${color}`);
    if (world.writable.blue && world.writable.green && world.down.size === 0)
      world.both.push(`${name} ${color}`);
    world.after?.(`${name} ${color}`);
  };
  const open = async (): Promise<void> => {
    if (!world.writable[to]) await step('open', to, () => (world.writable[to] = true));
  };
  if (world.down.has(to)) throw new Error(`the database of ${to} does not answer`);
  if (world.down.has(from)) {
    // It was never opened since the other one was closed: nothing can be on it alone.
    const same = isBegun(`close ${to}`) && !isBegun(`open ${from}`);
    if (force !== true && !same) throw new Error(`the database of ${from} does not answer`);
    if (!same) await step('abandon', to, () => (world.follows = undefined));
    await open();
    return { turned: true, notes: [`the database of ${from} does not answer`], owed: true };
  }
  if (world.writable[from]) await step('close', from, () => (world.writable[from] = false));
  if (world.follows === to) {
    if (world.stands && force !== true) {
      await new Promise((resolve) => {
        if (signal.aborted) resolve(undefined);
        signal.addEventListener('abort', resolve, { once: true });
      });
      return { turned: false, why: `${to} did not get all rows in time` };
    }
    await step('cut', to, () => (world.follows = undefined));
  } else if (world.follows === undefined && begun.some((each) => each.step.startsWith('abandon'))) {
    await open();
    return { turned: true, notes: [`${from} does not follow: set replication up again`] };
  } else if (
    world.follows === undefined &&
    force !== true &&
    !begun.some((each) => each.step.startsWith('cut'))
  )
    return { turned: false, why: 'no side follows the other' };
  if (world.follows === undefined) await step('follow', from, () => (world.follows = from));
  await open();
  return { turned: true, notes: [] };
}
