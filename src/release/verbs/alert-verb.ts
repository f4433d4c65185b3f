/** How a verb about alerts is described: like any other, but its subject is a group of alerts. */
import type { AlertGroup } from '../alerts/alert.ts';
import type { AlertContext } from '../alerts/context.ts';
import type { BaseCommand } from '../command.ts';
import type { Line } from '../line.ts';
import type { Refusal } from '../refusals.ts';
import type { Description, Option } from './verb.ts';

/**
 * A command about a group of alerts. `alert`: its id, the beginning of the id, or a service and words of a title;
 * `service` is not looked at.
 */
export interface AboutAlert<V extends string = string> extends BaseCommand<V> {
  alert: string;
}

/** What a command comes to. */
export interface Done {
  group: AlertGroup;
  /** The message for the thread; null: no news. */
  told: Line | null;
  answer: Line;
  /** The text of the history entry. */
  how: Line;
}

/** A verb about a group that fires. `C`: its command; all its fields but `alert` are options. */
export interface AlertDefinition<C extends AboutAlert = AboutAlert>
  extends Omit<Description, 'name' | 'options'> {
  name: C['verb'];
  options: {
    readonly [F in Exclude<keyof C, keyof AboutAlert> & string]-?: Option<NonNullable<C[F]>>;
  };
  /** Decides the command. Pure. */
  decide(group: AlertGroup, context: AlertContext, command: C): Done | Refusal;
}

/** What all verbs about alerts have: who may use them, and how an alert is named. */
export const aboutAlert = {
  roles: ['operator', 'approver'],
  argument: { field: 'alert', kind: 'alert', required: true },
  subject: 'alert',
} as const satisfies Partial<Description>;
