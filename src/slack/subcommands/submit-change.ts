import { isElsewhere } from '../../release/configurations.ts';
import type { Command } from '../../release/command.ts';
import { serviceNames, unknownService } from '../unknown-service.ts';
import { answerReply } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Context } from './subcommand.ts';

type Asked<C = Command> = C extends Command ? Omit<C, 'actor' | 'marks' | 'press'> : never;

/** Submits a changing command in the name of its sender. */
export async function submitChange(context: Context, asked: Asked): Promise<Reply> {
  const { actor, marks } = context;
  const answer = await context.submit({ ...asked, actor, marks });
  if (!answer.ok && answer.refusal.code === 'unknown-service') {
    const names = await serviceNames(context);
    // For a service that left the file, the answer says which verbs remain.
    const isElsewhereToo = await isElsewhere(context.store, asked.service);
    if (!names.includes(asked.service) && !isElsewhereToo)
      return { ...unknownService(asked.service, names, asked.verb), submitted: true };
  }
  return answerReply(answer);
}
