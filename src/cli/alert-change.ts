import { randomUUID } from 'node:crypto';
import { alertCards } from '../release/alerts/port.ts';
import type { SubmittedCommand } from '../release/command.ts';
import type { Wake } from '../release/save-decision.ts';
import { makeSubmit } from '../release/submit.ts';
import type { AlertCommand } from '../release/verbs/index.ts';
import { withCliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { line } from '../release/line.ts';
import { done, printRefusal } from './print.ts';
import { wasStored } from './was-stored.ts';

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
    let unclear = undefined as SubmittedCommand | undefined;
    const wake: Wake = {
      drive: () => {},
      nudge: () => {},
      look: () => {},
      confirmLater: (submitted: SubmittedCommand) => {
        unclear = submitted;
      },
      accepted: () => {},
      acceptedElsewhere: (submitted: SubmittedCommand) => {
        if (submitted.service !== alertCards) service = submitted.service;
      },
    };
    const marks = [`cli:${randomUUID()}`];
    const command = { ...asked, service: alertCards, actor, marks } as AlertCommand;
    const answer = await makeSubmit(parts, wake)(command);
    if (answer.ok) return done(asked.verb, service, answer.text);
    const { refusal } = answer;
    if (refusal.code !== 'storage-unavailable') return printRefusal(refusal, exitCodes.refused);
    if (unclear === undefined) return printRefusal(refusal, exitCodes.storage);
    // No message comes later: there may be no bot.
    const stored = await wasStored(parts, unclear, marks);
    const next =
      stored === undefined
        ? line`Look at the message of the alert before you try again.`
        : stored
          ? line`It was stored after all.`
          : line`It was not stored; nothing was done.`;
    return printRefusal({ ...refusal, next }, exitCodes.storage);
  });
}
