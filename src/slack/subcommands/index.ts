import { adopt } from './adopt.ts';
import { approve } from './approve.ts';
import { cancel } from './cancel.ts';
import { help } from './help.ts';
import { history } from './history.ts';
import { lock } from './lock.ts';
import { promote } from './promote.ts';
import { reject } from './reject.ts';
import { retry } from './retry.ts';
import { revert } from './revert.ts';
import { settle } from './settle.ts';
import { stage } from './stage.ts';
import { status } from './status.ts';
import type { Subcommand } from './subcommand.ts';
import { unlock } from './unlock.ts';
import { why } from './why.ts';

/** Every verb, in the order of `help`. */
export const subcommands: readonly Subcommand[] = [
  help,
  status,
  why,
  history,
  stage,
  promote,
  revert,
  approve,
  reject,
  cancel,
  settle,
  lock,
  unlock,
  retry,
  adopt,
];
