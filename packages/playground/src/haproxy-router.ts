import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Fault } from '../../../src/release/fault.ts';
import type { Color } from '../../../src/release/color.ts';
import { freePort } from './free-port.ts';
import { executable, haproxyCommand, haproxyConfiguration } from './haproxy-files.ts';
import { startRelay } from './relay.ts';
import type { PlayRouter, RouterNeeds } from './router.ts';

const key = 'play';
const valueOf = (color: Color) => `${key}_${color}`;
const readyWithinMs = 5_000;
/** How often the map is read, in ms: others than the bot may change it. */
const lookEveryMs = 250;

/**
 * Starts a real HAProxy with a map, and a relay in front of its runtime API for the bot. Throws a `Fault` with words
 * for the player when HAProxy is missing, or does not start.
 */
export async function startHaproxyRouter({ targets, first, ordered }: RouterNeeds): Promise<PlayRouter> {
  const program = executable('haproxy');
  if (program === undefined)
    throw new Fault(
      'bad-settings',
      'There is no haproxy on the PATH: install it, or play without --haproxy.',
    );
  const dir = await mkdtemp(join(tmpdir(), 'switchback-play-'));
  const map = join(dir, 'live.map');
  const socket = join(dir, 'admin.sock');
  const config = join(dir, 'haproxy.cfg');
  const port = await freePort();
  await writeFile(map, `${key} ${valueOf(first)}\n`);
  await writeFile(
    config,
    haproxyConfiguration({
      services: { [key]: { blue: portOf(targets.blue), green: portOf(targets.green) } },
      frontends: new Map([[key, port]]),
      map,
      socket,
    }),
  );
  const haproxy = spawn(program, ['-db', '-f', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const kill = () => void haproxy.kill('SIGKILL');
  process.once('exit', kill);
  async function end(): Promise<void> {
    process.off('exit', kill);
    await ended(haproxy);
    await rm(dir, { recursive: true, force: true });
  }

  let live = first;
  const look = async () => {
    const entries = await haproxyCommand(socket, `show map ${map}`).catch(() => '');
    const value = new RegExp(`^\\S+ ${key} (\\S+)$`, 'm').exec(entries)?.[1];
    live = (['blue', 'green'] as const).find((color) => valueOf(color) === value) ?? live;
  };
  try {
    await untilReady(haproxy, socket);
  } catch (fault) {
    await end();
    throw fault;
  }
  const relay = await startRelay(socket, async (command) => {
    if (!/^(set|add) map /.test(command)) return;
    await look();
    await ordered();
  });
  const looking = setInterval(() => void look(), lookEveryMs);
  return {
    url: `http://127.0.0.1:${port}`,
    settings: {
      kind: 'haproxy',
      address: relay.address,
      map,
      key,
      values: { blue: valueOf('blue'), green: valueOf('green') },
      mapFile: map,
    },
    get live() {
      return live;
    },
    get unreachable() {
      return relay.unreachable;
    },
    cutOff: () => relay.cutOff(),
    reconnect: () => relay.reconnect(),
    async move(color) {
      await haproxyCommand(socket, `set map ${map} ${key} ${valueOf(color)}`);
      await look();
    },
    async close() {
      clearInterval(looking);
      await relay.close();
      await end();
    },
  };
}

async function untilReady(haproxy: ChildProcess, socket: string): Promise<void> {
  let broken = false;
  haproxy.once('error', () => (broken = true));
  const endAt = performance.now() + readyWithinMs;
  while (!/^Pid: \d+$/m.test(await haproxyCommand(socket, 'show info').catch(() => ''))) {
    if (broken || haproxy.exitCode !== null || performance.now() > endAt)
      throw new Fault('bad-settings', 'HAProxy did not start; its output is above.');
    await setTimeout(20);
  }
}

function ended(haproxy: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (haproxy.exitCode !== null || haproxy.signalCode !== null || haproxy.pid === undefined)
      return resolve();
    haproxy.once('exit', () => resolve());
    haproxy.kill('SIGKILL');
  });
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
