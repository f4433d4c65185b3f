import type { Actor } from '../../release/actor.ts';
import type { Answer, Catalog, Command, Overrides, People } from '../../release/command.ts';
import type { Line } from '../../release/line.ts';
import type { Log } from '../../release/parts.ts';
import type { Refusal } from '../../release/refusals.ts';
import type { Role } from '../../release/settings.ts';
import type { Store } from '../../release/store.ts';
import type { Args, Grammar } from '../parse-command.ts';
import type { Reply } from '../reply.ts';

/** One gate of a promote or revert, passed when there is no refusal; the refusal says who or what would clear it. */
export interface Gate {
  gate: string;
  refusal: Refusal | undefined;
  note?: Line;
}

/** All gates of one service for one person, now. */
export interface Gates {
  promote: readonly Gate[];
  revert: readonly Gate[];
}

/** What commands need of the rest of the bot: the same for all of them. */
export interface Desk {
  store: Pick<Store, 'load' | 'loadMany' | 'services' | 'history' | 'note' | 'configurations'>;
  catalog: Catalog;
  people: People;
  /** Carries a changing command out, or refuses it. Tells itself what became of one whose save had no answer. */
  submit(command: Command): Promise<Answer>;
  /** The gates of promote (with these overrides) and revert as they stand for this person. Changes nothing. */
  inspect(service: string, actor: Actor, overrides?: Overrides): Promise<Gates>;
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
  /** Any of these may use it; empty: anyone. `help` shows only what a person may use; `submit` decides. */
  roles: readonly Role[];
  /** Answers; throws `Fault` when the storage is away. */
  run(args: Args, context: Context): Promise<Reply>;
}
