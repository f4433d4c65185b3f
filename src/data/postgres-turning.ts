/** One turn under way: its sides, and how it begins a step and changes something. */
import type { Color } from '../release/color.ts';
import type { TurnOrder } from '../release/data.ts';
import type { PostgresOptions } from './postgres-options.ts';
import type { Step } from './postgres-past.ts';
import type { Change } from './postgres-role.ts';
import { Stop, tooLate } from './postgres-sides.ts';
import type { Sides } from './postgres-sides.ts';

/** One turn under way. */
export interface Turning extends Sides {
  options: PostgresOptions;
  order: TurnOrder;
  begin: (step: Step, color: Color) => Promise<void>;
  change: Change;
  notes: string[];
  /** Set where the other side could not be closed. */
  owed?: true;
}

/** Begins one. */
export function turningOf(sides: Sides, options: PostgresOptions, order: TurnOrder): Turning {
  return {
    ...sides,
    options,
    order,
    notes: [],
    async begin(step, color) {
      if (!(await order.before(`${step} ${color}`))) throw new Stop('another process goes on', true);
    },
    async change(session, sql, values) {
      if (!order.mayWrite()) throw new Stop(tooLate, true);
      await session.query(sql, values);
    },
  };
}
