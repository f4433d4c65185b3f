import type { Redis } from 'ioredis';
import { deniedCommand, messageOf } from './reply-error.ts';
import { runOnce } from './run-once.ts';
import { probeScript, tried } from './scripts/probe.ts';
import { readClock } from './time-line.ts';
import type { ServerTime } from './time-line.ts';

/** Why nothing may be sent to a server yet. */
export interface ServerRefusal {
  /** It loads its data (`LOADING`), is no master (`READONLY`), denies this user some commands, or is a sentinel. */
  word: 'LOADING' | 'READONLY' | 'NOPERM' | 'is-sentinel';
  /** The commands that this user may not run, in lower case; `keys`: the user may not use the keys. */
  lacks: string[];
}

/** A server's first answer: its clock, and the id of this run of it (empty where this user may not ask for that). */
export type Greeting = { time: ServerTime; run: string } | ServerRefusal;

/** Asks for the clock and the role, and whether the user may run every command. Throws what ioredis throws. */
export async function greet(redis: Redis, keyStart: string): Promise<Greeting> {
  // Not every user may run `INFO`; a replica is then recognized by its answer to a write.
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
