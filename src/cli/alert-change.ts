import { randomUUID } from 'node:crypto';
import { alertCards } from '../release/alerts/port.ts';
import type { Sent } from '../release/command.ts';
import type { Wake } from '../release/save-decision.ts';
import { makeSubmit } from '../release/submit.ts';
import type { AlertCommand } from '../release/verbs/index.ts';
import { withCliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { done, refused } from './print.ts';

/** A command about an alert without the fields that every command has. */
export type AskedOfAlert = AlertCommand extends infer C
  ? C extends AlertCommand
    ? Omit<C, 'service' | 'actor' | 'marks' | 'press'>
    : never
  : never;

/** Submits a command about an alert. A running bot draws its message. Resolves to the exit code. */
export function alertChange(asked: AskedOfAlert): Promise<number> {
  return withCliContext(async ({ parts, actor }) => {
    let service: string | null = null;
    const wake: Wake = {
      drive: () => {},
      nudge: () => {},
      look: () => {},
      confirmLater: () => {},
      accepted: () => {},
      acceptedElsewhere: (sent: Sent) => {
        if (sent.service !== alertCards) service = sent.service;
      },
    };
    const marks = [`cli:${randomUUID()}`];
    const command = { ...asked, service: alertCards, actor, marks } as AlertCommand;
    const answer = await makeSubmit(parts, wake)(command);
    if (answer.ok) return done(asked.verb, service, answer.text);
    const { refusal } = answer;
    return refused(refusal, refusal.code === 'storage-unavailable' ? exitCodes.storage : exitCodes.refused);
  });
}
