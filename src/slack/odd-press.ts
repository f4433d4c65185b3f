import { z } from 'zod';
import { line } from '../release/line.ts';
import type { ListenerContext } from './listener-context.ts';
import { refusalReply } from './reply.ts';

const id = z.string().regex(/^[A-Z0-9]{1,32}$/);
const presserSchema = z.object({
  user: z.object({ id }),
  channel: z.object({ id }).optional().catch(undefined),
  response_url: z.string().optional().catch(undefined),
});

/** Logs an unreadable press or submitted modal, and answers the person who pressed, where Slack names one. */
export function tellOdd(body: unknown, { respond, log }: Pick<ListenerContext, 'respond' | 'log'>): void {
  const { data: presser } = presserSchema.safeParse(body);
  log.warn({ actor: presser?.user.id }, 'A press that Slack sent cannot be read; nothing was done');
  if (presser === undefined) return;
  const { user, channel, response_url: responseUrl } = presser;
  const reply = refusalReply({
    code: 'stale-button',
    why: line`Slack sent a press that cannot be read; nothing was done.`,
    next: line`Press again, or type the command: ${{ code: '/release help' }} lists them.`,
  });
  void respond.privately({ user: user.id, channel: channel?.id, responseUrl }, reply);
}
