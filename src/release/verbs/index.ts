import { acknowledge } from './acknowledge.ts';
import { adopt } from './adopt.ts';
import type { AlertDefinition } from './alert-verb.ts';
import { approve } from './approve.ts';
import { cancel } from './cancel.ts';
import { close } from './close.ts';
import { extend } from './extend.ts';
import { hold } from './hold.ts';
import type { rules } from '../machine.ts';
import { lock } from './lock.ts';
import { promote } from './promote.ts';
import { readWrite } from './read-write.ts';
import { reject } from './reject.ts';
import { resume } from './resume.ts';
import { retry } from './retry.ts';
import { revert } from './revert.ts';
import { settle } from './settle.ts';
import { silence } from './silence.ts';
import { stage } from './stage.ts';
import { unacknowledge } from './unacknowledge.ts';
import { unlock } from './unlock.ts';
import { unsilence } from './unsilence.ts';
import type { Definition, Description } from './verb.ts';

/** Every verb that changes a service, in the order of `help`. */
export const verbs = {
  stage,
  promote,
  revert,
  approve,
  reject,
  cancel,
  settle,
  hold,
  resume,
  'read-write': readWrite,
  lock,
  unlock,
  extend,
  retry,
  adopt,
} as const satisfies Record<keyof typeof rules, unknown>;

/** Every verb about a group of alerts. */
export const alertVerbs = { acknowledge, unacknowledge, silence, unsilence, close } as const;

/** The word of a command that changes a service. */
export type Verb = keyof typeof verbs;

type CommandOf<D> =
  D extends Definition<infer C, infer _A> ? C : D extends AlertDefinition<infer C> ? C : never;

/** One command that changes a service: typed, mentioned, pressed or called. */
export type Command = CommandOf<(typeof verbs)[Verb]>;

/** One command about a group of alerts. */
export type AlertCommand = CommandOf<(typeof alertVerbs)[keyof typeof alertVerbs]>;

/** All verbs, as data. */
export const descriptions: readonly Description[] = [...Object.values(verbs), ...Object.values(alertVerbs)];

/** Returns what there is to know about the verb of a command. */
export function verbOf({ verb }: { verb: Verb }): Description & Definition {
  return verbs[verb];
}

/** Returns it for any verb, as data. */
export function descriptionOf({ verb }: { verb: Verb | AlertCommand['verb'] }): Description {
  return { ...verbs, ...alertVerbs }[verb];
}

/** Returns what there is to know about the verb of a command about alerts. */
export function alertVerbOf({ verb }: Pick<AlertCommand, 'verb'>): Description & AlertDefinition {
  return alertVerbs[verb];
}

/** Returns true for a command about a group of alerts. */
export function isAboutAlert(command: Command | AlertCommand): command is AlertCommand {
  return Object.hasOwn(alertVerbs, command.verb);
}
