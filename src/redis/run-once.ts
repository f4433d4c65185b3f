import type { Redis } from 'ioredis';
import { isUnknownScript } from './reply-error.ts';
import type { Script } from './scripts/script.ts';

/**
 * Runs a script while the clock is not known yet. Resolves to what follows the first word. Throws what ioredis throws.
 */
export async function runOnce(
  redis: Redis,
  { sha, lua }: Script,
  keyStart: string,
  args: object,
): Promise<unknown[]> {
  const given = [1, keyStart, '', JSON.stringify(args)] as const;
  const answer = await redis.evalsha(sha, ...given).catch((error: unknown) => {
    if (isUnknownScript(error)) return redis.eval(lua, ...given);
    throw error;
  });
  return (answer as unknown[]).slice(2);
}
