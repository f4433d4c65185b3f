import type { Env } from '../config.ts';
import { follow } from './feed.ts';
import type { Game } from './game.ts';
import { carryOut } from './prompts.ts';
import { statusLine } from './status-line.ts';
import { openTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { channel, openTown, service } from './town.ts';
import type { Town } from './town.ts';

/** A status line is printed so often when nobody sits at the terminal, ms. */
const statusEveryMs = 10_000;
const drawEveryMs = 500;
/** The town is closed within this time, or left, ms. */
const closeWithinMs = 9_000;

/**
 * Plays until `quit`, Ctrl-C or the end of input. Answers with the exit code: 1 when a line of a script could not be
 * carried out. Throws `ConfigFault` when `REDIS_URL` or `LOG_LEVEL` cannot be used.
 */
export async function play(env: Env): Promise<number> {
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  const town = await openTown(env);
  const terminal = openTerminal(end);
  const print = (text: string) => terminal.print(text);
  print(welcome(town));
  const feed = follow(town.workspace, print);
  const stopStatus = showStatus(town, terminal);
  const stopBot = followBot(town, (text) => feed.tell(text));
  const game: Game = {
    town,
    feed,
    who: 'ann',
    print,
    ask: (question) => terminal.read(question),
    waitMs: 60_000,
    // A script is faster than the bot; a person has seen the button.
    buttonMs: terminal.interactive ? 2_000 : 5_000,
  };
  const stopped = new Promise<number>((resolve) => {
    ending.signal.addEventListener('abort', () => resolve(0));
    if (ending.signal.aborted) resolve(0);
  });
  const code = await Promise.race([takeLines(game, terminal), stopped]);
  stopStatus();
  stopBot();
  feed.close();
  terminal.close();
  setTimeout(() => process.exit(code), closeWithinMs).unref();
  await town.close();
  return code;
}

/** Carries out line after line. In a script the first that cannot be carried out is the last. */
async function takeLines(game: Game, terminal: Terminal): Promise<number> {
  for (;;) {
    const line = await terminal.read(`${game.who} ${channel}> `);
    if (line === undefined || line.trim() === 'quit') return 0;
    try {
      await carryOut(line, game);
    } catch (fault) {
      game.feed.flush();
      game.print(fault instanceof Error ? fault.message : String(fault));
      if (!terminal.interactive) return 1;
    }
  }
}

/** Draws the status above the prompt; without a person, prints it now and then and at each switch. */
function showStatus(town: Town, terminal: Terminal): () => void {
  if (terminal.interactive) {
    const draw = () => terminal.status(statusLine(town));
    draw();
    const timer = setInterval(draw, drawEveryMs);
    return () => clearInterval(timer);
  }
  const tell = () => terminal.print(statusLine(town));
  const timer = setInterval(tell, statusEveryMs);
  const stop = town.traffic.onSwitch((to) => terminal.print(`traffic is answered by ${to}`));
  return () => {
    clearInterval(timer);
    stop();
  };
}

/** Says when the bot dies and when it runs again. */
function followBot({ bot }: Town, tell: (text: string) => void): () => void {
  let { state } = bot;
  return bot.follow(() => {
    if (bot.state === state) return;
    ({ state } = bot);
    if (state === 'dead') tell('The bot is dead; traffic goes on.');
    else if (state === 'running') tell('The bot runs again.');
  });
}

function welcome({ addresses, storage }: Town): string {
  const width = Math.max(...Object.keys(addresses).map((name) => name.length));
  const listed = Object.entries(addresses).map(([name, url]) => `  ${name.padEnd(width)}  ${url}`);
  return [
    'Switchback, with a pretend Slack, a router and a service in two colors. All of it is on this machine.',
    '',
    ...listed,
    `  ${'the record'.padEnd(width)}  ${storage}`,
    '',
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
}
