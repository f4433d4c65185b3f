import type { Env } from '../../../../src/config.ts';
import type { Store } from '../../../../src/release/store.ts';
import { makeBotProcess } from './bot-process.ts';
import type { BotNeeds, BotState } from './bot-process.ts';
import { readLogLine } from './log-line.ts';
import type { LogLine } from './log-line.ts';

/** The bot of the playground: it can be killed at any moment, and started again. */
export interface PlayBot {
  readonly state: BotState;
  /** The port where it listens, or listened last. */
  readonly port: number;
  /** True while the bot is set to be killed in its next promote. */
  readonly killInPromote: boolean;
  /** The newest lines of its log, oldest first. */
  readonly log: readonly LogLine[];
  /** Starts the bot. Resolves when it listens. Throws an `Error` with words for the player. */
  start(): Promise<void>;
  /** Kills it with SIGKILL, now. Throws when it is dead. */
  kill(): Promise<void>;
  /** Kills it with SIGKILL as soon as its next promote has switched the router, before the bot gets the answer. */
  killAtNextPromote(): void;
  /** Calls back when its state or its log changed, until the returned function is called. */
  follow(fn: () => void): () => void;
}

/** A bot that is still loading, for the code that opens the playground. */
export interface LoadingBot extends PlayBot {
  /** Sets what the bot runs with; before `start`. `listens` gets each port that it listens on. */
  begin(needs: BotNeeds & { service: string; store: Store; listens: (port: number) => void }): void;
  /** Await this when the router has carried out the bot's command. */
  ordered(): Promise<void>;
  close(): Promise<void>;
}

const mostLines = 200;
const levels: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
};

/** Starts to load a bot. With `LOG_LEVEL` its log goes to standard error, unchanged. */
export function openBot({ LOG_LEVEL = '' }: Env): LoadingBot {
  const followers = new Set<() => void>();
  const log: LogLine[] = [];
  const copiedFrom = levels[LOG_LEVEL] ?? Infinity;
  let armed = false;
  let closing = false;
  let needs: Parameters<LoadingBot['begin']>[0] | undefined;

  const tell = () => followers.forEach((fn) => fn());
  function note(line: LogLine): void {
    log.push(line);
    if (log.length > mostLines) log.shift();
    tell();
  }
  const say = (level: LogLine['level'], text: string) => note({ at: Date.now(), level, text });
  let byHand = false;
  const bot = makeBotProcess({
    line(json) {
      const line = readLogLine(json);
      if ((line?.pino ?? 0) >= copiedFrom || copiedFrom < 30) process.stderr.write(`${json}\n`);
      if (line) note({ at: line.at, level: line.level, text: line.text });
    },
    state() {
      if (bot.state === 'dead' && !closing && !byHand) say('error', 'The bot ended by itself.');
      tell();
    },
  });

  async function kill(text: string): Promise<void> {
    byHand = true;
    await bot.kill();
    byHand = false;
    say('warn', text);
  }

  return {
    get state() {
      return bot.state;
    },
    get port() {
      return bot.port;
    },
    get killInPromote() {
      return armed;
    },
    log,
    begin: (given) => void (needs = given),
    async start() {
      if (needs === undefined) throw new Error('The bot has no task yet.');
      await bot.start(needs);
      needs.listens(bot.port);
    },
    async kill() {
      if (bot.state === 'dead') throw new Error('The bot is already dead.');
      await kill('The bot was killed (SIGKILL).');
    },
    killAtNextPromote: () => {
      if (bot.state === 'dead') throw new Error('The bot is dead; start it first.');
      armed = true;
      tell();
    },
    async ordered() {
      if (!armed || needs === undefined) return;
      const { record } = await needs.store.load(needs.service);
      if (record?.op?.kind !== 'promote') return;
      armed = false;
      await kill(
        'The bot was killed (SIGKILL) during its promote: the router has switched, and the bot has not recorded it.',
      );
    },
    follow(fn) {
      followers.add(fn);
      return () => void followers.delete(fn);
    },
    async close() {
      closing = true;
      await bot.close();
    },
  };
}
