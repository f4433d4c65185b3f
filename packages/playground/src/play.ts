import type { Env } from '../../../src/config.ts';
import { openBot } from './bot/play-bot.ts';

/** How it is played. */
export interface PlayOptions {
  /** At the prompt alone, without the page. */
  terminal?: boolean;
  /** With a real HAProxy before the service. */
  haproxy?: boolean;
  /** The page's port; else `PORT_PAGE`, else any free one. */
  port?: number;
}

/** Plays until it is ended. Answers with the exit code; throws as `runPlay` does. */
export async function play(env: Env, options: PlayOptions = {}): Promise<number> {
  // The bot's process takes the longest to load itself, so it begins before this one loads what it needs.
  const bot = openBot(env);
  const { runPlay } = await import('./run-play.ts');
  return runPlay(env, options, bot);
}
