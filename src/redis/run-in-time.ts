import { Fault } from '../release/fault.ts';
import type { RedisClient, ScriptReply } from './client.ts';
import type { Script } from './scripts/script.ts';

/** Runs a script; throws a fault for the answer `late`: nothing was done, and the caller has no use for it. */
export async function runInTime(
  link: RedisClient,
  script: Script,
  args: Record<string, unknown>,
): Promise<ScriptReply> {
  const reply = await link.run(script, args);
  if (reply.word === 'late')
    throw new Fault('storage-unavailable', 'Redis answered too late; nothing was done.');
  return reply;
}
