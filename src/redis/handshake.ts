import type { Redis } from 'ioredis';
import { deniedCommand, messageOf } from './reply-error.ts';
import { probeScript, tried } from './scripts/probe.ts';

/** What a server says when it is first asked. */
export interface Greeting {
  /** Its clock, ms since 1970, and the monotonic instants between which it was asked. */
  time: { now: number; sentAt: number; heardAt: number };
  /** What tells this run of this server from all others; empty where this user may not ask. */
  run: string;
  /**
   * Why nothing may be sent to it yet: it loads its data (`LOADING`), it is no master (`READONLY`), or it does not let this
   * user run all commands (`NOPERM`).
   */
  word?: 'LOADING' | 'READONLY' | 'NOPERM';
  /** The commands that this user may not run, in small letters; `keys`: it may not use the keys. */
  lacks: string[];
}

/** Asks for the clock, the role, and whether the user may run every command. Throws what ioredis does. */
export async function greet(redis: Redis, keyStart: string): Promise<Greeting> {
  const sentAt = performance.now();
  const [seconds, micros] = await redis.time();
  const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  const time = { now, sentAt, heardAt: performance.now() };
  // Not every user may run it; then a replica is known by what it answers to a write.
  const info = await redis.info().catch((error: unknown) => {
    if (deniedCommand(error) === undefined) throw error;
    return '';
  });
  const run = /^run_id:(\w+)/m.exec(info)?.[1] ?? '';
  if (/^loading:1/m.test(info)) return { time, run, word: 'LOADING', lacks: [] };
  if (/^role:(?!master)/m.test(info)) return { time, run, word: 'READONLY', lacks: [] };
  const refused = await probe(redis, keyStart);
  if (refused.some(([, said]) => said.startsWith('READONLY')))
    return { time, run, word: 'READONLY', lacks: [] };
  const lacks = refused.flatMap(([command, said]) => {
    const denied = deniedCommand(said);
    return denied === undefined ? [] : [denied === '' ? command.toLowerCase() : denied];
  });
  return { time, run, lacks: [...new Set(lacks)], ...(lacks.length > 0 && { word: 'NOPERM' as const }) };
}

async function probe(redis: Redis, keyStart: string): Promise<[command: string, said: string][]> {
  const args = [1, keyStart, '', JSON.stringify({ tried })] as const;
  try {
    const answer = await redis
      .evalsha(probeScript.sha, ...args)
      .catch((error: unknown) =>
        messageOf(error).startsWith('NOSCRIPT')
          ? redis.eval(probeScript.lua, ...args)
          : Promise.reject(error),
      );
    const [, , words] = answer as [number, string, string[]];
    return words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1] ?? ''] as [string, string]] : []));
  } catch (error) {
    if (deniedCommand(error) === undefined) throw error;
    return [['eval', messageOf(error)]];
  }
}
