import type { Actor } from '../../release/actor.ts';
import type { Answer, Catalog, Overrides, People } from '../../release/command.ts';
import type { Compared } from '../../release/evidence/compare-now.ts';
import type { Gates } from '../../release/explain-gates.ts';
import type { FoundDiff } from '../../release/mirror/diff.ts';
import type { AlertCommand, Command } from '../../release/verbs/index.ts';
import type { Log } from '../../release/parts.ts';
import type { Role } from '../../release/settings.ts';
import type { Store } from '../../release/store.ts';
import type { Args, Grammar } from '../parse-command.ts';
import type { Reply } from '../reply.ts';

/** What all commands need from the rest of the bot. */
export interface Desk {
  store: Pick<Store, 'load' | 'loadMany' | 'services' | 'history' | 'note' | 'configurations'>;
  catalog: Catalog;
  people: People;
  /** Carries a changing command out, or refuses it. Itself reports the outcome of a save without an answer. */
  submit(command: Command | AlertCommand): Promise<Answer>;
  /** The gates of promote (with these overrides) and revert for this person, now. Changes nothing. */
  inspect(service: string, actor: Actor, overrides?: Overrides): Promise<Gates>;
  /** Asks both colors at the same moment for up to 10 s. */
  compare(service: string): Promise<Compared>;
  /** What comparing answers has found of the staged version. Asks no color. */
  diff(service: string): Promise<FoundDiff>;
  log: Log;
}

/** What one run of a command gets. */
export interface Context extends Desk {
  actor: Actor;
  marks: readonly string[];
  /** All subcommands, in help order. */
  subcommands: readonly Subcommand[];
}

/** One verb: its file in this folder, listed in `index.ts`. */
export interface Subcommand extends Grammar {
  /** One sentence for `help`. */
  summary: string;
  /** A whole command, for `help`. */
  example: string;
  /** Any of these roles may use the verb; empty: anyone. `help` shows only usable verbs; `submit` decides. */
  roles: readonly Role[];
  /** Answers the command; throws `Fault` when the storage is unavailable. */
  run(args: Args, context: Context): Promise<Reply>;
}
