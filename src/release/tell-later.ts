import { toldLater } from './answer.ts';
import type { SubmittedCommand } from './command.ts';
import { answerPlace } from './draft.ts';
import type { Parts } from './parts.ts';
import type { Outcome } from './store.ts';

/**
 * Sends a person of Slack the outcome of a command that could not be answered in time. `id`: of the message, so that it
 * is not sent twice. Undefined: the outcome will never be known. Throws `Fault('storage-unavailable')`.
 */
export async function tellLater(
  parts: Parts,
  id: string,
  command: SubmittedCommand,
  outcome: Outcome | undefined,
): Promise<void> {
  if (command.actor.kind !== 'slack') return;
  const { channel } = command.actor;
  const settings = parts.catalog.find(command.service)?.settings;
  const where = channel ?? (settings && parts.catalog.channelOf(settings));
  if (where === undefined) return;
  await parts.outbox.post([
    {
      id,
      service: command.service,
      release: null,
      kind: 'private',
      text: toldLater(command, outcome),
      to: command.actor.user,
      ...(command.verb === 'revert' && { of: 'revert' as const }),
      ...answerPlace(command.actor),
      channel: where,
    },
  ]);
}
