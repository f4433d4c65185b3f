import type { Playground } from '../playground.ts';
import type { Told } from './api.ts';
import type { Question } from './requests.ts';

type Pull = Extract<Question, { name: 'lever' }>['body'];

/** How long Slack answers 429, in ms. */
export const limitedMs = 20_000;
/** Longest `Retry-After` in that time, in ms, so that the bot soon notices its end. */
export const mostRetryMs = 3_000;

/** The levers of the page, which break and repair parts of the playground. */
export interface PageLevers {
  /** How Slack answers at present. */
  readonly slack: Told['levers']['slack'];
  /** Applies a lever. Throws an `Error` with words for the person. */
  pull(pull: Pull): Promise<void>;
}

/** Makes the levers of the page. */
export function makePageLevers({
  colors,
  database,
  router,
  bot,
  workspace: { levers },
}: Playground): PageLevers {
  let down = false;
  let limitedUntil = 0;

  function slack(to: Extract<Pull, { name: 'slack' }>['to']): void {
    switch (to) {
      case '429':
        limitedUntil = Date.now() + limitedMs;
        return levers.rateLimit(limitedMs, mostRetryMs);
      case 'down':
        down = true;
        return levers.down('http-503');
      case 'up':
        down = false;
        limitedUntil = 0;
        levers.up();
        return levers.rateLimit(0);
      default:
        return to satisfies never;
    }
  }

  return {
    get slack() {
      if (down) return 'down';
      return Date.now() < limitedUntil ? 'limited' : 'up';
    },
    async pull(pull) {
      switch (pull.name) {
        case 'break':
          return colors[pull.color].break(pull.ailment);
        case 'fix':
          return colors[pull.color].fix();
        case 'database':
          return pull.to === 'down' ? database.break() : database.fix();
        case 'router':
          return pull.to === 'unreachable' ? router.cutOff() : router.reconnect();
        case 'move':
          return router.move(pull.color);
        case 'slack':
          return slack(pull.to);
        case 'bot':
          if (pull.to === 'start') return bot.start();
          return pull.to === 'kill' ? bot.kill() : bot.killAtNextPromote();
        default:
          return pull satisfies never;
      }
    },
  };
}
