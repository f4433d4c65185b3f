/** Turns a command and the gathered facts into a decision. See docs/design.md#from-a-command-to-traffic. */
import type { Command } from './command.ts';
import type { Decision } from './decision.ts';
import type { Facts } from './gates.ts';
import { approve } from './verbs/approve.ts';
import { cancel } from './verbs/cancel.ts';
import { extend } from './verbs/extend.ts';
import { lock } from './verbs/lock.ts';
import { reject } from './verbs/reject.ts';
import { unlock } from './verbs/unlock.ts';
import { adopt } from './verbs/adopt.ts';
import { retry } from './verbs/retry.ts';
import { promote } from './verbs/promote.ts';
import { revert } from './verbs/revert.ts';
import { settle } from './verbs/settle.ts';
import { stage } from './verbs/stage.ts';

/** Decides a command on these facts. Pure, except for random ids. */
export function decide(facts: Facts, command: Command, driver: string): Decision {
  switch (command.verb) {
    case 'stage':
      return stage(facts, command, driver);
    case 'promote':
      return promote(facts, command, driver);
    case 'revert':
      return revert(facts, command, driver);
    case 'approve':
      return approve(facts, command, driver);
    case 'reject':
      return reject(facts, command);
    case 'cancel':
      return cancel(facts, command);
    case 'settle':
      return settle(facts, command);
    case 'lock':
      return lock(facts, command);
    case 'extend':
      return extend(facts, command);
    case 'unlock':
      return unlock(facts, command);
    case 'retry':
      return retry(facts, command, driver);
    case 'adopt':
      return adopt(facts, command);
    default:
      return command satisfies never;
  }
}
