/** How a verb is described. Grammar, `help`, command line, pages and checks of roles are made of it. */
import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import type { Draft } from '../draft.ts';
import type { Facts } from '../gates.ts';
import type { Driver } from '../operation.ts';
import type { Refusal } from '../refusals.ts';
import type { Operation, ServiceRecord } from '../release.ts';
import type { Role } from '../settings.ts';

/** A text that people give: a version is one word, a reason is free text of at most 300 characters. */
export type TextKind = 'version' | 'reason';

/** What stands after the service, or in its place. */
export interface Argument {
  /** The field of the command that gets it. */
  field: string;
  /** `alert`: an id, or a service and words of a title; no service stands before it. */
  kind: TextKind | 'alert';
  required?: true;
}

/** An option. `V`: the type of its field in the command. */
export interface Option<V = string | number | true> {
  /** Its name without dashes, where that is not the name of its field with hyphens. */
  name?: string;
  kind: V extends true ? 'flag' : V extends number ? 'duration' : TextKind;
  /** The longest duration, ms. */
  mostMs?: number;
  /** What it does, as part of a sentence. */
  says: string;
  /** It exists only there. */
  only?: 'terminal' | 'button';
  /** The role that the verb needs with it. */
  needs?: Role;
}

/** Facts that only some decisions need, because they cost time; see `gather-facts.ts`. */
export type Needed = 'router' | 'former-router' | 'firing' | 'diff' | 'requester';

/** Everything about a verb but its decision. */
export interface Description {
  name: string;
  /** How it is typed in Slack; absent: it is only a button. */
  usage?: string;
  /** What it does: a sentence. */
  summary: string;
  /** Whole commands. The first is one for Slack, too. */
  examples: readonly string[];
  /** More to know at the command line. */
  note?: string;
  /** Any of these roles may use it; admins always may. */
  roles: readonly [Role, ...Role[]];
  /** Other roles that its decision looks at. No more than that: each may wait for Slack. */
  alsoAsks?: readonly Role[];
  argument?: Argument;
  /** What it is about, if not a service. */
  subject?: 'alert';
  options: Readonly<Record<string, Option>>;
  /** Options that do something else in place of the command, by name: the edges know what. */
  instead?: Readonly<Record<string, Option>>;
  /** A reason never causes a refusal: what cannot be shown of it is dropped. */
  forgiving?: true;
  /** Slack has a command of its own for it: `/stage`. */
  short?: true;
  /** What it begins, as a rule. */
  begins?: Operation['kind'];
  /** At the command line it can wait in line. */
  waits?: true;
  /** It works on a service that left the configuration, too. */
  unconfigured?: true;
  needs?: readonly Needed[];
}

/** The fields of a command beyond those that all have, and beyond its argument. */
type OptionFields<C, A> = Exclude<keyof C, keyof BaseCommand | A>;

/** A verb. `C`: its command; `A`: the field of its argument. All other fields are options. */
export interface Definition<C extends BaseCommand = BaseCommand, A extends keyof C = never>
  extends Omit<Description, 'name' | 'options'> {
  name: C['verb'];
  options: { readonly [F in OptionFields<C, A> & string]-?: Option<NonNullable<C[F]>> };
  /**
   * True where a person who gives this command acts on a problem of the service: nobody is mentioned again then.
   * Absent: such a command may come from a person who does not know about the problem.
   */
  acts?(record: ServiceRecord, command: C): boolean;
  /** What refuses it in addition to what refuses every verb (role, old button, state); see `decide.ts`. */
  gates?(facts: Facts, command: C): (Refusal | undefined)[];
  /** What a refusal still changes, if anything. */
  onRefusal?(facts: Facts, command: C, refusal: Refusal): Draft | undefined;
  /** What an allowed command changes. Pure, but for random ids. */
  change(facts: Facts, command: C, driver: Driver): Decision;
}

/** Returns the name of an option as people type it, without dashes. */
export function optionName(field: string, { name }: Pick<Option, 'name'>): string {
  return name ?? field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
