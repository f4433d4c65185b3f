import type { Feed } from './transcript.ts';
import type { Playground } from './playground.ts';

/** What the commands of the prompt work on. */
export interface Game {
  town: Playground;
  feed: Feed;
  /** Name of the person who acts. */
  who: string;
  print: (text: string) => void;
  /** The next line of input; undefined when there is none. */
  ask: (question: string) => Promise<string | undefined>;
  /** How long `press` waits for its button, and `submit` for its modal, ms. */
  buttonMs: number;
}

/** One command of the prompt. `run` throws an `Error` with words for the player when it cannot be done. */
export interface Prompt {
  usage: string;
  does: string;
  /** Whether it does something that the bot may answer: what is shown already is old then. */
  acts?: true;
  run(rest: string, game: Game): Promise<void> | void;
}
