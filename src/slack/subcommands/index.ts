import { descriptions } from '../../release/verbs/index.ts';
import { changing } from './changing.ts';
import { compare } from './compare.ts';
import { diff } from './diff.ts';
import { help } from './help.ts';
import { history } from './history.ts';
import { status } from './status.ts';
import type { Subcommand } from './subcommand.ts';
import { why } from './why.ts';

/** Every verb, in the order of `help`. */
export const subcommands: readonly Subcommand[] = [
  help,
  status,
  why,
  compare,
  diff,
  history,
  ...descriptions.flatMap(changing),
];
