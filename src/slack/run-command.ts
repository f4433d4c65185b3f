import { readCommand } from './parse-command.ts';
import type { Read } from './parse-command.ts';
import { didYouMean } from '../text/known-service.ts';
import { refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { subcommands } from './subcommands/index.ts';
import type { Context, Desk } from './subcommands/subcommand.ts';
import { actorId } from '../release/actor.ts';

/** A typed command, after the signature was checked. */
export interface TypedCommand {
  read: Read;
  actor: Context['actor'];
  marks: readonly string[];
}

/** Parses a typed command. `given`: the verb that the slash command itself names. */
export function parseCommand(text: string, given?: string): Read {
  return readCommand(text, subcommands, given);
}

/** Carries out a typed command. Throws what the storage or `submit` threw. */
export async function runCommand(said: TypedCommand, desk: Desk): Promise<Reply> {
  const { read, actor, marks } = said;
  if (!read.ok) {
    desk.log.info({ actor: actorId(actor), code: read.refusal.code }, 'A command could not be read');
    const { refusal, misnamed } = read;
    if (misnamed === undefined) return refusalReply(refusal);
    const { guess, list } = didYouMean(misnamed.slice(0, 63), desk.catalog.names());
    return refusalReply({
      ...refusal,
      why: [...refusal.why, ...guess],
      next: [...list, ' ', ...refusal.next],
    });
  }
  const { verb, args } = read;
  const found = subcommands.find((one) => one.verb === verb);
  if (found === undefined) throw new Error(`${verb} is listed but missing`);
  const facts = {
    actor: actorId(actor),
    verb,
    ...(args.service === undefined ? {} : { service: args.service }),
  };
  try {
    const reply = await found.run(args, { ...desk, actor, marks, subcommands });
    // Answered reads are not logged: they change nothing, and there are many.
    if (found.roles.length > 0 || reply.code !== undefined) {
      const code = reply.code === undefined ? {} : { code: reply.code };
      desk.log.info({ ...facts, ...code }, 'A command was answered');
    }
    return reply;
  } catch (cause) {
    desk.log.error({ ...facts, err: cause }, 'A command failed');
    throw cause;
  }
}
