import { adopt } from './adopt.ts';
import { approve } from './approve.ts';
import { cancel } from './cancel.ts';
import { extend } from './extend.ts';
import { lock } from './lock.ts';
import { promote } from './promote.ts';
import { reject } from './reject.ts';
import { retry } from './retry.ts';
import { revert } from './revert.ts';
import { settle } from './settle.ts';
import { stage } from './stage.ts';
import { unlock } from './unlock.ts';
import type { Definition, Description } from './verb.ts';

/** Every verb that changes something, in the order of `help`. */
export const verbs = {
  stage,
  promote,
  revert,
  approve,
  reject,
  cancel,
  settle,
  lock,
  unlock,
  extend,
  retry,
  adopt,
} as const;

/** The word of a changing command. */
export type Verb = keyof typeof verbs;

type CommandOf<D> = D extends Definition<infer C, infer _A> ? C : never;

/** One command that changes something: typed, mentioned, pressed or called. */
export type Command = CommandOf<(typeof verbs)[Verb]>;

/** All verbs, as data. */
export const descriptions: readonly Description[] = Object.values(verbs);

/** Returns what there is to know about the verb of a command. */
export function verbOf({ verb }: { verb: Verb }): Description & Definition {
  return verbs[verb];
}
