import type { Redis } from 'ioredis';
import { deniedCommand, messageOf } from './reply-error.ts';
import { runOnce } from './run-once.ts';
import { probeScript, tried } from './scripts/probe.ts';
import { readClock } from './time-line.ts';
import type { ServerTime } from './time-line.ts';

/** Why nothing may be sent to a server yet. */
export interface Refusal {
  /** It loads its data (`LOADING`), is no master (`READONLY`), keeps no data, or does not let this user run all commands. */
  word: 'LOADING' | 'READONLY' | 'NOPERM' | 'is-sentinel';
  /** The commands that this user may not run, in small letters; `keys`: it may not use the keys. */
  lacks: string[];
}

/**
 * What a server says when it is first asked: its clock; and what tells this run of this server from all others, empty where
 * this user may not ask.
 */
export type Greeting = { time: ServerTime; run: string } | Refusal;

/** Asks for the clock, the role, and whether the user may run every command. Throws what ioredis does. */
export async function greet(redis: Redis, keyStart: string): Promise<Greeting> {
  // Not every user may run it; then a replica is known by what it answers to a write.
  const info = await redis.info().catch((error: unknown) => {
    if (deniedCommand(error) === undefined) throw error;
    return '';
  });
  if (/^redis_mode:sentinel/m.test(info)) return { word: 'is-sentinel', lacks: [] };
  const run = /^run_id:(\w+)/m.exec(info)?.[1] ?? '';
  const time = await readClock(redis);
  if (/^loading:1/m.test(info)) return { word: 'LOADING', lacks: [] };
  if (/^role:(?!master)/m.test(info)) return { word: 'READONLY', lacks: [] };
  const { refused, shift } = await probe(redis, keyStart);
  if (refused.some(([, said]) => said.startsWith('READONLY'))) return { word: 'READONLY', lacks: [] };
  const lacks = refused.flatMap(([command, said]) => {
    const denied = deniedCommand(said);
    return denied === undefined ? [] : [denied === '' ? command.toLowerCase() : denied];
  });
  return lacks.length > 0
    ? { word: 'NOPERM', lacks: [...new Set(lacks)] }
    : { time: { ...time, shift }, run };
}

async function probe(
  redis: Redis,
  keyStart: string,
): Promise<{ refused: [command: string, said: string][]; shift: number }> {
  try {
    const [words, shift] = (await runOnce(redis, probeScript, keyStart, { tried })) as [string[], number];
    const refused = words.flatMap((word, i) =>
      i % 2 === 0 ? [[word, words[i + 1] ?? ''] as [string, string]] : [],
    );
    return { refused, shift };
  } catch (error) {
    if (deniedCommand(error) === undefined) throw error;
    return { refused: [['eval', messageOf(error)]], shift: 0 };
  }
}
