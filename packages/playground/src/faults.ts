import { colorSchema } from '../../../src/release/color.ts';
import type { Color } from '../../../src/release/color.ts';
import { ailments } from './colors.ts';
import type { Game, Prompt } from './prompt-context.ts';
import { limitedMs, mostRetryMs } from './page/levers.ts';

/** Commands of the prompt that break parts of the playground, and repair them. */
export const faults: Readonly<Record<string, Prompt>> = {
  break: {
    usage: 'break <color> slow|fail|die',
    does: 'make it slow, answer with status 500, or stop its process',
    acts: true,
    async run(rest, { town }) {
      const [color, word] = rest.split(/\s+/);
      const ailment = ailments.find((each) => each === word);
      if (!ailment) throw new Error('break <color> slow, fail or die');
      await town.colors[colorOf(color)].break(ailment);
    },
  },
  fix: {
    usage: 'fix <color>',
    does: 'make it work again',
    acts: true,
    run: (rest, { town }) => town.colors[colorOf(rest)].fix(),
  },
  database: {
    usage: 'database down|up',
    does: 'break what both share: each answer of both colors is then status 500; or repair it',
    acts: true,
    run(rest, { town: { database } }) {
      if (rest === 'down') database.break();
      else if (rest === 'up') database.fix();
      else throw new Error('database down or up');
    },
  },
  version: {
    usage: 'version <color> <version>',
    does: 'change the version it reports, as if somebody deployed by hand',
    acts: true,
    run(rest, { town }) {
      const [color, version] = rest.split(/\s+/);
      if (!version) throw new Error('version <color> <version>, such as version green v2');
      town.colors[colorOf(color)].run(version);
    },
  },
  router: {
    usage: 'router unreachable|reachable|move <color>',
    does: 'cut it off from the bot, connect it again, or move it without the bot',
    acts: true,
    run: router,
  },
  slack: {
    usage: 'slack 429|down|up',
    does: 'make Slack limit the bot for 20 s, go down, or work again',
    acts: true,
    run: slack,
  },
  bot: {
    usage: 'bot kill|kill-in-promote|start',
    does: 'kill the bot (SIGKILL) now, or as soon as its next promote has switched; start a new one',
    acts: true,
    run: bot,
  },
};

async function bot(rest: string, { town }: Game): Promise<void> {
  if (rest === 'kill') await town.bot.kill();
  else if (rest === 'kill-in-promote') town.bot.killAtNextPromote();
  else if (rest === 'start') await town.bot.start();
  else throw new Error('bot kill, kill-in-promote or start');
}

async function router(rest: string, { town }: Game): Promise<void> {
  const [word, color] = rest.split(/\s+/);
  if (word === 'unreachable') town.router.cutOff();
  else if (word === 'reachable') town.router.reconnect();
  else if (word === 'move') await town.router.move(colorOf(color));
  else throw new Error('router unreachable, reachable or move <color>');
}

function slack(rest: string, { town }: Game): void {
  const { levers } = town.workspace;
  if (rest === '429') levers.rateLimit(limitedMs, mostRetryMs);
  else if (rest === 'down') levers.down('http-503');
  else if (rest === 'up') {
    levers.up();
    levers.rateLimit(0);
  } else throw new Error('slack 429, down or up');
}

function colorOf(word: string | undefined): Color {
  const read = colorSchema.safeParse(word);
  if (read.success) return read.data;
  throw new Error('Which color, blue or green?');
}
