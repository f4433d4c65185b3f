/** What people do about alerts: acknowledge, silence. */
import { refuse } from '../gates.ts';
import type { Answer } from '../command.ts';
import { who } from '../draft.ts';
import { Fault } from '../fault.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Refusal } from '../refusals.ts';
import type { Actor } from '../release.ts';
import type { AlertGroup, Silence } from './alert.ts';
import { dueOf } from './due.ts';
import type { AlertParts } from './take.ts';
import { noticeOf } from './tell.ts';
import type { Beside } from './triage.ts';
import { releaseInWindow } from './triage.ts';

const attempts = 8;
const lengths: Readonly<Record<Exclude<Silence, 'release'>, { ms: number; words: string }>> = {
  '30m': { ms: 1_800_000, words: '30 min' },
  '1h': { ms: 3_600_000, words: '1 h' },
  '4h': { ms: 14_400_000, words: '4 h' },
};

interface Done {
  group: AlertGroup;
  /** Told in the thread. */
  told: Line;
  answer: Line;
}

/** Acknowledges a group: somebody takes care of it. Operators and approvers (SPEC 6). */
export function acknowledge(parts: AlertParts, id: string, actor: Actor): Promise<Answer> {
  return act(parts, id, actor, 'acknowledge', (group, { now }) => {
    if (group.acknowledged !== null)
      return refuse(
        'nothing-to-do',
        line`acknowledge: it was acknowledged already, by ${who(group.acknowledged.actor)}.`,
        line`Silence it, or revert.`,
      );
    return {
      group: { ...group, acknowledged: { actor, at: now }, remindedAt: null },
      told: line`${who(actor)} acknowledged it.`,
      answer: line`acknowledge: it is yours; you are reminded while it goes on firing.`,
    };
  });
}

/** Silences a group: no more broadcasts and reminders, for a time or until the release that it follows is settled. */
export function silence(parts: AlertParts, id: string, actor: Actor, choice: Silence): Promise<Answer> {
  return act(parts, id, actor, 'silence', (group, beside) => {
    if (choice === 'release') {
      const release = releaseInWindow(beside);
      if (release?.status !== 'baking')
        return refuse(
          'nothing-to-do',
          line`silence: no release of ${group.service ?? 'it'} bakes now.`,
          line`Choose a time instead.`,
        );
      return {
        group: { ...group, silenced: { actor, at: beside.now, until: null, release: release.id } },
        told: line`${who(actor)} silenced it until #${release.number} ${release.version} settles.`,
        answer: line`silence: quiet until #${release.number} ${release.version} settles.`,
      };
    }
    const until = beside.now + lengths[choice].ms;
    return {
      group: { ...group, silenced: { actor, at: beside.now, until, release: null } },
      told: line`${who(actor)} silenced it until ${{ at: until }}.`,
      answer: line`silence: quiet for ${lengths[choice].words}.`,
    };
  });
}

async function act(
  parts: AlertParts,
  id: string,
  actor: Actor,
  verb: string,
  change: (group: AlertGroup, beside: Beside) => Done | Refusal,
): Promise<Answer> {
  const { alerts, store, catalog, people } = parts;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { group, now } = await alerts.load(id);
    if (group === null)
      return no(
        refuse('stale-button', line`${verb}: this alert is not kept any more.`, line`Nothing is to be done.`),
      );
    const { service } = group;
    const settings = service === null ? undefined : catalog.find(service)?.settings;
    if ((await people.may(actor, ['operator', 'approver'], settings)) !== 'yes')
      return no(
        refuse(
          'not-allowed',
          line`${verb}: alerts are for operators and approvers.`,
          line`Ask ${people.mentions('operator', settings)}.`,
        ),
      );
    if (group.status === 'resolved')
      return no(
        refuse('nothing-to-do', line`${verb}: it is resolved already.`, line`Nothing is to be done.`),
      );
    const record = service === null ? null : (await store.load(service)).record;
    const beside: Beside = { now, record, settings };
    const done = change(group, beside);
    if ('code' in done) return no(done);
    const notice = { ...noticeOf(group, 'event', done.told), channel: group.channel };
    const saved = await alerts.save({
      group: done.group,
      expect: group.revision,
      opens: false,
      urgent: false,
      notices: [notice],
      draw: true,
      due: dueOf(done.group, beside),
    });
    if (saved.ok) {
      parts.look();
      if (service !== null)
        await store.note(service, { actor, what: verb, text: line`alert ${group.titles[0] ?? ''}: ${verb}` });
      return { ok: true, text: done.answer };
    }
    if (saved.why === 'late') break;
  }
  throw new Fault('storage-unavailable', 'Not confirmed.', { unclear: true });
}

function no(refusal: Refusal): Answer {
  return { ok: false, refusal };
}
