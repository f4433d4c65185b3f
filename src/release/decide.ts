/** Turns a command and the gathered facts into a decision. See docs/design.md#from-a-command-to-traffic. */
import type { Decision } from './decision.ts';
import { requireRole } from './gates.ts';
import type { Facts } from './gates.ts';
import type { Driver } from './operation.ts';
import { asPressed, freshPress } from './press.ts';
import { firstRefusal } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import { rolesFor } from './roles.ts';
import { stateGate } from './state-gate.ts';
import { verbOf } from './verbs/index.ts';
import type { Command } from './verbs/index.ts';

/** Returns everything that refuses a command: what refuses every verb, then what refuses this one. */
export function refusalsOf(facts: Facts, command: Command): Refusal[] {
  return [
    requireRole(facts, command, ...rolesFor(command)),
    freshPress(facts, command),
    stateGate(facts, command),
    ...(verbOf(command).gates?.(facts, command) ?? []),
  ].filter((each) => each !== undefined);
}

/** Decides a command on these facts. Pure, except for random ids. */
export function decide(facts: Facts, command: Command, driver: Driver): Decision {
  const verb = verbOf(command);
  const refusal = firstRefusal(refusalsOf(facts, command));
  if (refusal === undefined) return verb.change(facts, command, driver);
  const draft = verb.onRefusal?.(facts, command, refusal);
  if (draft) return { kind: 'refused', refusal, draft };
  return { kind: 'refused', refusal: asPressed(facts, command, refusal) };
}
