/** Decides and saves a command about a group of alerts; see `submit.ts`. */
import { actorId } from './actor.ts';
import { alertNameOf, standingOf } from './alerts/alert-name.ts';
import type { AlertGroup } from './alerts/alert.ts';
import type { AlertContext } from './alerts/context.ts';
import { alertDueOf } from './alerts/due.ts';
import { noticeOf } from './alerts/notices.ts';
import { alertCards } from './alerts/port.ts';
import { alertSettings } from './alerts/take.ts';
import { fromOutcome, withInstants } from './answer.ts';
import type { Answer, SubmittedCommand } from './command.ts';
import { Fault } from './fault.ts';
import { findAlert } from './find-alert.ts';
import { refuse, requireRole } from './gates.ts';
import { line } from './line.ts';
import type { Parts } from './parts.ts';
import { perMinute, tooManyRequests } from './rate.ts';
import { readableRecord } from './read-record.ts';
import { firstRefusal } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import { rolesFor, rolesOf } from './roles.ts';
import { refuseAndNote, replicationWarning } from './save-decision.ts';
import type { Wake } from './save-decision.ts';
import { alertVerbOf } from './verbs/index.ts';
import type { AlertCommand } from './verbs/index.ts';

/** How many times a lost compare-and-set is decided again: deliveries of the same group come at any time. */
const attempts = 8;

/**
 * Carries out a command about an alert. `submitted` gets the service and the name of the group as soon as they are known.
 * Throws what the storage throws.
 */
export async function submitToAlert(
  parts: Pick<Parts, 'alerts' | 'store' | 'catalog' | 'people' | 'clock'>,
  wake: Pick<Wake, 'look' | 'acceptedElsewhere'>,
  command: AlertCommand,
  submitted: SubmittedCommand,
): Promise<Answer> {
  const { alerts, store, catalog } = parts;
  const { marks, actor, press } = command;
  const since = parts.clock.mono();
  const refused = (refusal: Refusal): Promise<Answer> => refuseAndNote(parts, submitted, refusal, null);
  const counted = press === undefined && { rate: actorId(actor) };
  const { repeat, rate } = await store.load(alertCards, { marks, ...counted });
  if (repeat) return fromOutcome(repeat);
  if (rate > perMinute) return refused(tooManyRequests());
  const found = await findAlert(alerts, command.verb, command.alert);
  if (typeof found !== 'string') {
    if (press?.elsewhere === true) return refused(stale());
    // Only people who may use the verb read which alerts fire.
    const [service = ''] = command.alert.split(/\s+/);
    return refused((await roleGate(parts, command, service)) ?? found);
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const copies = alerts.watchCopies?.();
    const { group, now } = await alerts.load(found);
    if (group === null) return refused(press?.elsewhere === true ? stale() : forgotten());
    const { service } = group;
    Object.assign(submitted, { service: service ?? alertCards, about: alertNameOf(group) });
    const stands = group.status === 'resolved' ? {} : { now: standingOf(group) };
    const refusal = await refusalOf(parts, group, command);
    if (refusal) return refused({ ...stands, ...refusal });
    const record = service === null ? null : await readableRecord(store, service);
    const context: AlertContext = { now, record, settings: alertSettings(catalog, service, record) };
    const done = alertVerbOf(command).decide(group, context, command);
    if ('code' in done) return refused({ ...stands, ...done });
    const saved = await alerts.save({
      group: done.group,
      expect: group.revision,
      opens: false,
      urgent: false,
      notices: done.told === null ? [] : [{ ...noticeOf(group, 'event', done.told), channel: group.channel }],
      draw: true,
      due: alertDueOf(done.group, context),
      history: [{ actor, what: command.verb, text: line`${alertNameOf(group)}: ${done.how}` }],
      mark: { keys: [...marks], outcome: { ok: true, text: done.answer } },
    });
    if (saved.ok) {
      wake.look(group.channel);
      wake.acceptedElsewhere({ ...submitted }, since);
      const replicated = ((await copies?.()) ?? 'made') === 'made';
      return {
        ok: true,
        text: withInstants([...done.answer, ...replicationWarning({ replicated })], saved.now),
      };
    }
    if (saved.why === 'repeat') return fromOutcome(saved.outcome);
    if (saved.why === 'late') throw new Fault('storage-unavailable', 'too late');
  }
  return refused(
    refuse(
      'operation-in-progress',
      line`It is being changed by others right now; nothing was done.`,
      line`Try again in a moment.`,
    ),
  );
}

/** Refuses a person without the role. Without a known service, the global lists count. */
async function roleGate(
  parts: Pick<Parts, 'catalog' | 'people'>,
  command: AlertCommand,
  service: string | null,
): Promise<Refusal | undefined> {
  const settings = service === null ? undefined : parts.catalog.find(service)?.settings;
  const who = await rolesOf(parts, command, { settings });
  return requireRole({ ...who, record: { service } }, command, ...rolesFor(command));
}

/** Returns the first refusal before the verb decides: of the person, the button, or the group. */
async function refusalOf(
  parts: Pick<Parts, 'catalog' | 'people'>,
  { service, status, resolvedAt }: AlertGroup,
  command: AlertCommand,
): Promise<Refusal | undefined> {
  return firstRefusal(
    [
      await roleGate(parts, command, service),
      command.press?.elsewhere === true ? stale() : undefined,
      status === 'resolved'
        ? refuse(
            'nothing-to-do',
            resolvedAt === null
              ? line`It is already resolved.`
              : line`It was already resolved ${{ at: resolvedAt }}.`,
            line`There is nothing to do.`,
          )
        : undefined,
    ].filter((each) => each !== undefined),
  );
}

function stale(): Refusal {
  return refuse(
    'stale-button',
    line`This button no longer fits; nothing was done.`,
    line`Use the newest message of the alert.`,
  );
}

function forgotten(): Refusal {
  return refuse(
    'stale-button',
    line`It is no longer stored; nothing was done.`,
    line`If it still fires, it comes back in a new message.`,
  );
}
