import { ConfigFault } from '../../../src/config.ts';
import type { Env } from '../../../src/config.ts';
import type { LoadingBot } from './bot/play-bot.ts';
import { follow } from './transcript.ts';
import type { Game } from './prompt-context.ts';
import type { PlayOptions } from './play.ts';
import { openPage } from './page/open-page.ts';
import type { Page } from './page/open-page.ts';
import { carryOut } from './prompts.ts';
import { statusLine } from './status-line.ts';
import { openTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { channel, openTown, service } from './playground.ts';
import type { Playground } from './playground.ts';

/** How often a status line is printed without a terminal, in ms. */
const statusEveryMs = 10_000;
const drawEveryMs = 500;
/** Longest time for closing the playground before the process ends anyway, in ms. */
const closeWithinMs = 9_000;

/**
 * Plays until `quit`, Ctrl-C or the end of input: on a page, and, without a person at standard input, by the lines that
 * come there. Resolves to the exit code: 1 when a line of a script failed. Throws `ConfigFault` when the environment
 * cannot be used, and `Fault` when a part does not start.
 */
export async function runPlay(env: Env, options: PlayOptions, bot: LoadingBot): Promise<number> {
  const port = options.terminal ? undefined : (options.port ?? readPort(env['PORT_PAGE']));
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const stopped = new Promise<number>((resolve) => {
    ending.signal.addEventListener('abort', () => resolve(0));
  });
  const town = await openTown(env, { ...options, bot });
  let page: Page | undefined;
  try {
    if (port !== undefined) page = await openPage(town, port);
  } catch (fault) {
    await town.close();
    throw fault;
  }
  const code =
    page && process.stdin.isTTY
      ? await watchOver(page, town, stopped)
      : await atPrompt(page, town, stopped, end);
  setTimeout(() => process.exit(code), closeWithinMs).unref();
  await page?.close();
  await town.close();
  return code;
}

function readPort(text = ''): number {
  if (!/^\d{0,5}$/.test(text) || Number(text) > 65_535)
    throw new ConfigFault([{ path: 'PORT_PAGE', message: 'must be a port: 0 to 65535' }]);
  return Number(text);
}

/** Plays on the page. */
async function watchOver({ url }: Page, town: Playground, stopped: Promise<number>): Promise<number> {
  process.stdout.write(`${[`Open ${url}`, '', placesOf(town), '', 'Ctrl-C ends it.', ''].join('\n')}\n`);
  process.stdout.on('error', () => {});
  return stopped;
}

/** Runs lines as they come. Without any lines, and with a page, the game is on the page. */
async function atPrompt(
  page: Page | undefined,
  town: Playground,
  stopped: Promise<number>,
  end: () => void,
): Promise<number> {
  const terminal = openTerminal(end);
  const print = (text: string) => terminal.print(text);
  if (page) print(`Open ${page.url}\n`);
  print(`${placesOf(town)}\n\n${hints}`);
  const feed = follow(town.workspace, print);
  const stopStatus = showStatus(town, terminal, (text) => feed.tell(text));
  const stopBot = followBot(town, (text) => feed.tell(text));
  const game: Game = {
    town,
    feed,
    who: 'ann',
    print,
    ask: (question) => terminal.read(question),
    // A script is faster than the bot; a person has seen the button or the modal.
    buttonMs: terminal.interactive ? 2_000 : 5_000,
  };
  const lines = takeLines(game, terminal).then((code) => (code === undefined ? (page ? stopped : 0) : code));
  const code = await Promise.race([lines, stopped]);
  stopStatus();
  stopBot();
  feed.close();
  terminal.close();
  return code;
}

/** Runs line after line; undefined when none came. A script ends at its first failed line. */
async function takeLines(game: Game, terminal: Terminal): Promise<number | undefined> {
  for (let count = 0; ; count += 1) {
    const line = await terminal.read(`${game.who} ${channel}> `);
    if (line === undefined) return count === 0 ? undefined : 0;
    if (line.trim() === 'quit') return 0;
    try {
      await carryOut(line, game);
    } catch (fault) {
      game.feed.flush();
      game.print(fault instanceof Error ? fault.message : String(fault));
      if (!terminal.interactive) return 1;
    }
  }
}

/** Draws the status above the prompt; without a person, prints it regularly and at each switch. */
function showStatus(town: Playground, terminal: Terminal, say: (text: string) => void): () => void {
  if (terminal.interactive) {
    const draw = () => terminal.status(statusLine(town));
    draw();
    const timer = setInterval(draw, drawEveryMs);
    return () => clearInterval(timer);
  }
  const tell = () => terminal.print(statusLine(town));
  const timer = setInterval(tell, statusEveryMs);
  const stop = town.traffic.onSwitch((to) => say(`traffic is answered by ${to}`));
  return () => {
    clearInterval(timer);
    stop();
  };
}

/** Prints when the bot dies and when it runs again. */
function followBot({ bot }: Playground, tell: (text: string) => void): () => void {
  let { state } = bot;
  return bot.follow(() => {
    if (bot.state === state) return;
    ({ state } = bot);
    if (state === 'dead') tell('The bot is dead; traffic still flows.');
    else if (state === 'running') tell('The bot runs again.');
  });
}

function placesOf({ addresses, storage }: Playground): string {
  const width = Math.max(...Object.keys(addresses).map((name) => name.length));
  const listed = Object.entries(addresses).map(([name, url]) => `  ${name.padEnd(width)}  ${url}`);
  return [
    'Switchback, with a pretend Slack, a router and a service in two colors. Everything runs on this machine.',
    '',
    ...listed,
    `  ${'the record'.padEnd(width)}  ${storage}`,
  ].join('\n');
}

const hints = [
  `You are ann in ${channel}. ${service} runs v1 on blue, and traffic flows. Type, for instance:`,
  '',
  `  /release stage ${service} v2`,
  '  press Promote         bob is asked to approve:',
  '  as bob',
  '  press Approve',
  '  break green fail      and, when the card says unhealthy:',
  '  press Revert',
  '',
  'help lists all commands; quit or Ctrl-C ends.',
  '',
].join('\n');
