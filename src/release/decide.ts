/** Turns a command and the gathered facts into a decision. See docs/design.md#from-a-command-to-traffic. */
import type { Decision } from './decision.ts';
import type { Facts } from './gates.ts';
import type { Driver } from './operation.ts';
import { verbOf } from './verbs/index.ts';
import type { Command } from './verbs/index.ts';

/** Decides a command on these facts. Pure, except for random ids. */
export function decide(facts: Facts, command: Command, driver: Driver): Decision {
  return verbOf(command).decide(facts, command, driver);
}
