/** Mentions people again when nobody has answered: for an unhealthy bake, a stuck operation, drift. */
import { noticeCards, openActionItems } from './action-items.ts';
import { notify } from './draft.ts';
import { fromNow } from './instant.ts';
import type { Line } from './line.ts';
import type { Parts } from './parts.ts';
import type { ActionItem, ServiceRecord } from './release.ts';
import { save } from './save.ts';
import type { Notice } from './store.ts';
import { mostAgain, ringAgainMs, unanswered } from './unanswered.ts';
import { userOf } from './mention.ts';
import { verbOf } from './verbs/index.ts';
import type { Command } from './verbs/index.ts';
import type { PromoteCommand } from './verbs/promote.ts';

/** The parts of a command that matter here. */
type Given = Pick<Command, 'verb' | 'actor'> & Pick<PromoteCommand, 'whileFiring'>;

/** Stops repeated mentions because a person acts on a problem of the service. A job or workflow is no person. */
export function answered(record: ServiceRecord, command: Given): void {
  if (userOf(command.actor) === undefined || verbOf(command).acts?.(record, command as Command) !== true)
    return;
  record.pressedAt = fromNow();
  for (const ask of openActionItems(record)) delete ask.ringAt;
}

/** Mentions people again for what is due. Resolves to true when something was saved. */
export async function mentionAgain(parts: Parts, record: ServiceRecord, now: number): Promise<boolean> {
  const ask = openActionItems(record).find(({ ringAt }) => ringAt !== undefined && ringAt <= now);
  if (ask?.ringAt === undefined) return false;
  const since = ask.ringAt - ringAgainMs;
  const [shown, taken] = await Promise.all([
    parts.outbox.card(noticeCards, ask.id),
    isTaken(parts, record.service, since),
  ]);
  return save(parts, record, now, (draft) => {
    const mine = openActionItems(draft.record).find(({ id }) => id === ask.id);
    if (!mine) return;
    const notice = shown?.notice;
    // A notice that still waits to be sent mentions people then.
    if (taken || notice === undefined)
      return taken ? void delete mine.ringAt : void (mine.ringAt = fromNow(ringAgainMs));
    const { buttons, release, to, of, version, failover, calls, again, chart } = notice;
    notify(draft, 'broadcast', begun(notice.text), {
      release,
      to,
      unanswered: true,
      ...(buttons && { buttons }),
      ...(of && { of }),
      ...(version && { version }),
      ...(failover && { failover }),
      ...(calls && { calls }),
      ...(again && { again }),
      ...(chart !== undefined && { chart: true }),
    });
    const next = draft.record.asks?.at(-1);
    if (next) counted(next, mine);
  });
}

/** Resolves to true when somebody has acknowledged an alert of the service since then. */
async function isTaken({ alerts }: Parts, service: string, since: number): Promise<boolean> {
  const ids = await alerts.open(service);
  const groups = await Promise.all(ids.map((id) => alerts.load(id)));
  return groups.some(({ group }) =>
    [group?.acknowledged, group?.silenced].some((done) => done != null && done.at >= since),
  );
}

function counted(next: ActionItem, before: ActionItem): void {
  next.rung = (before.rung ?? 0) + 1;
  if (next.rung >= mostAgain) delete next.ringAt;
}

function begun(text: Notice['text']): Line {
  return text[0] === unanswered ? text : [unanswered, ...text];
}
