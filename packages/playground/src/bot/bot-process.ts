import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { answerCall, offerOf } from './serve-ports.ts';
import type { Ports } from './serve-ports.ts';
import type { FromBot, Order, ToBot } from './wire.ts';

/** The state of the bot: `starting` until it listens; `dead`: it was killed, or ended by itself. */
export type BotState = 'starting' | 'running' | 'dead';

/** The bot in a process of its own. */
export interface BotProcess {
  readonly state: BotState;
  /** The port where it listens, or listened last. */
  readonly port: number;
  /** Starts it when it does not run. Resolves when it listens; rejects when it ends before that. */
  start(needs: BotNeeds): Promise<void>;
  /** Kills it with SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Lets it finish its work; kills it when that takes too long. */
  close(): Promise<void>;
}

/** What a bot needs. `ports`: its state, when this process keeps it. */
export interface BotNeeds {
  order: Omit<Order, 'offer'>;
  ports: Ports | undefined;
}

const stopWithinMs = 8_500;

/**
 * Makes a bot that loads itself already, and waits for `start`. `on.line` gets its log, a line of JSON each; `on.state`
 * is called when its state changed.
 */
export function makeBotProcess(on: { line: (text: string) => void; state: () => void }): BotProcess {
  let state: BotState = 'starting';
  let port = 0;
  let ports: Ports = {};
  let child: Child | undefined = spawn();
  let begun = false;
  const become = (next: BotState) => {
    state = next;
    on.state();
  };

  function spawn(): Child {
    const process = forkBot();
    if (process.stdout) createInterface({ input: process.stdout }).on('line', on.line);
    const made: Child = {
      process,
      ready: new Promise((resolve) => {
        process.on('message', (message) => {
          const said = message as FromBot;
          if (said.kind === 'ready') resolve();
          else if (said.kind === 'call') void answerCall(ports, said).then((answer) => tell(process, answer));
        });
      }),
      ended: new Promise((resolve) => {
        process.once('error', () => resolve('could not be started'));
        process.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      }),
    };
    void made.ended.then(() => {
      if (child !== made) return;
      child = undefined;
      begun = false;
      become('dead');
    });
    return made;
  }

  return {
    get state() {
      return state;
    },
    get port() {
      return port;
    },
    async start(needs) {
      if (begun)
        throw new Error(state === 'running' ? 'The bot is already running.' : 'The bot is already starting.');
      begun = true;
      ports = needs.ports ?? {};
      child ??= spawn();
      const { process, ready, ended } = child;
      become('starting');
      const listens = new Promise<number>((resolve) => {
        process.on('message', (message) => {
          const said = message as FromBot;
          if (said.kind === 'listens') resolve(said.port);
        });
      });
      await Promise.race([ready, ended]);
      tell(process, { kind: 'start', order: { ...needs.order, offer: needs.ports && offerOf(needs.ports) } });
      const came = await Promise.race([listens, ended]);
      if (typeof came === 'string') throw new Error(`The bot ended before it was ready: ${came}.`);
      port = came;
      become('running');
    },
    async kill() {
      const dying = child;
      dying?.process.kill('SIGKILL');
      await dying?.ended;
    },
    async close() {
      const ending = child;
      if (ending === undefined) return;
      // A bot that was never started has nothing to end.
      if (begun) tell(ending.process, { kind: 'stop' });
      else ending.process.kill('SIGKILL');
      const late = setTimeout(() => ending.process.kill('SIGKILL'), stopWithinMs);
      await ending.ended;
      clearTimeout(late);
    },
  };
}

interface Child {
  process: ChildProcess;
  ready: Promise<void>;
  /** How it ended, in words. */
  ended: Promise<string>;
}

/** Forks the same Node, from source or built. */
function forkBot(): ChildProcess {
  const here = import.meta.url;
  const built = !here.endsWith('.ts');
  return fork(fileURLToPath(new URL(built ? './child.js' : './child.ts', here)), [], {
    execArgv: [...process.execArgv, ...(built ? [] : sourceLoader())],
    // The serialization keeps Maps.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

/** Arguments that make Node read TypeScript, where it does not yet: a test runner does that in its own way. */
function sourceLoader(): string[] {
  if (process.execArgv.some((arg) => arg.includes('tsx'))) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}

function tell(process: ChildProcess, message: ToBot): void {
  if (process.connected) process.send(message, () => {});
}
