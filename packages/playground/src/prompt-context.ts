import type { Feed } from './transcript.ts';
import type { Playground } from './playground.ts';

/** What the commands of the prompt work on. */
export interface Game {
  town: Playground;
  feed: Feed;
  /** The name of the person who acts. */
  who: string;
  print: (text: string) => void;
  /** Reads the next line of input; undefined at its end. */
  ask: (question: string) => Promise<string | undefined>;
  /** How long `press` waits for its button, and `submit` for its modal, ms. */
  buttonMs: number;
}

/** One command of the prompt. `run` throws an `Error` with words for the player when it cannot be done. */
export interface Prompt {
  usage: string;
  does: string;
  /** True for an action that the bot may answer: earlier output is then old. */
  acts?: true;
  run(rest: string, game: Game): Promise<void> | void;
}
