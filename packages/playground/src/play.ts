import type { Env } from '../../../src/config.ts';
import { openBot } from './bot/play-bot.ts';

/** The options of a game. */
export interface PlayOptions {
  /** Plays at the prompt alone, without the page. */
  terminal?: boolean;
  /** Uses a real HAProxy in front of the service. */
  haproxy?: boolean;
  /** The page's port; without it `PORT_PAGE`, or any free one. */
  port?: number;
}

/** Plays until the game ends. Resolves to the exit code; throws as `runPlay` does. */
export async function play(env: Env, options: PlayOptions = {}): Promise<number> {
  // The bot's process loads slowest, so it starts before this one loads its own modules.
  const bot = openBot(env);
  const { runPlay } = await import('./run-play.ts');
  return runPlay(env, options, bot);
}
