import { beforeEach, describe, expect, test } from 'vitest';
import { alertCards, digestCards, stormGroups } from '../../src/release/alerts/port.ts';
import type { AlertChange, AlertStore } from '../../src/release/alerts/port.ts';
import { emptyGroup } from '../../src/release/alerts/triage.ts';
import type { AlertGroup } from '../../src/release/alerts/alert.ts';
import { fromNow } from '../../src/release/instant.ts';
import type { Agenda, Outbox, Store } from '../../src/release/store.ts';
import { change, entry, notice, record } from './record.ts';

interface Subject {
  alerts: AlertStore;
  store: Store;
  agenda: Agenda;
  outbox: Outbox;
}

function firing(id: string, more: Partial<AlertGroup> = {}): AlertGroup {
  const empty = emptyGroup({ id, source: 'prom', group: '{}', service: 'checkout', channel: 'C1' });
  return { ...empty, status: 'firing', titles: ['Slow'], since: 1, times: 1, ...more };
}

function saving(group: AlertGroup, more: Partial<AlertChange> = {}): AlertChange {
  return { group, expect: 0, opens: true, urgent: false, notices: [], draw: true, due: null, ...more };
}

/** What every store of alerts keeps to. */
export function alertsContract(name: string, open: () => Promise<Subject>): void {
  describe(`${name} keeps alerts`, () => {
    let subject: Subject;
    let alerts: AlertStore;
    beforeEach(async () => {
      subject = await open();
      ({ alerts } = subject);
    });
    const drawn = async (): Promise<string[]> =>
      (await subject.outbox.pending('C1', 0)).draws.map(({ service, release }) => `${service} ${release}`);
    /** Opens this many groups, one after the other; where each was placed. */
    const storm = async (count: number, more: Partial<AlertChange> = {}): Promise<string[]> => {
      const placed: string[] = [];
      for (let i = 0; i < count; i += 1) {
        const saved = await alerts.save(saving(firing(`group${i}`), more));
        placed.push(saved.ok ? saved.placed.kind : saved.why);
      }
      return placed;
    };

    test('a group never saved is not there', async () => {
      expect(await alerts.load('a1')).toMatchObject({ group: null, placed: null });
      expect(await alerts.open('checkout')).toEqual([]);
    });

    test('a save is loaded with the next revision, drawn, and told in its thread', async () => {
      const told = { ...notice('n1'), service: alertCards, release: 'a1', channel: 'C1' };
      const saved = await alerts.save(saving(firing('a1'), { notices: [told] }));
      expect(saved).toMatchObject({ ok: true, placed: { kind: 'own' }, group: { revision: 1, id: 'a1' } });
      const loaded = await alerts.load('a1');
      expect(loaded).toMatchObject({ placed: { kind: 'own' }, group: { revision: 1, titles: ['Slow'] } });
      expect(await drawn()).toEqual([`${alertCards} a1`]);
      expect((await subject.outbox.pending('C1', 9)).notices).toMatchObject([{ id: 'n1', release: 'a1' }]);
      expect(await alerts.open('checkout')).toEqual(['a1']);
    });

    test('what alerts tell stands behind what releases do, and hides none of it', async () => {
      const told = (release: string, count: number) =>
        Array.from({ length: count }, (_, i) => ({
          ...notice(`${release}-${i}`),
          service: alertCards,
          release,
          channel: 'C1',
        }));
      await alerts.save(saving(firing('a1'), { notices: told('a1', 5) }));
      await subject.outbox.post([notice('n1')]);
      await alerts.save(saving(firing('a2'), { notices: told('a2', 5) }));
      const { notices } = await subject.outbox.pending('C1', 4);
      expect(notices.map(({ id }) => id)).toEqual(['n1', 'a1-0', 'a1-1', 'a1-2', 'a1-3']);
      expect((await subject.outbox.pending('C1', 0)).notices).toEqual([]);
      await subject.outbox.move('C1', ['a1-1', 'n1'], 'C2');
      expect((await subject.outbox.pending('C2', 4)).notices.map(({ id }) => id)).toEqual(['n1', 'a1-1']);
    });

    test('a save of an older revision changes nothing', async () => {
      await alerts.save(saving(firing('a1')));
      const late = await alerts.save(saving(firing('a1', { titles: ['Late'] })));
      expect(late).toEqual({ ok: false, why: 'revision' });
      expect((await alerts.load('a1')).group?.titles).toEqual(['Slow']);
    });

    test('a save sets the marks of its press and its history; the repeat of that press changes nothing', async () => {
      await subject.store.save(change(record('checkout'), 0));
      const mark = { keys: ['trigger:1', 'signature:1'], outcome: { ok: true, text: ['done'] } };
      const pressed = { opens: false, history: [entry('quiet', 'silence')], mark };
      await alerts.save(saving(firing('a1')));
      expect(await alerts.save(saving(firing('a1'), { ...pressed, expect: 1 }))).toMatchObject({ ok: true });
      const again = { ...pressed, expect: 2, mark: { ...mark, keys: ['signature:2', 'trigger:1'] } };
      expect(await alerts.save(saving(firing('a1', { titles: ['Twice'] }), again))).toEqual({
        ok: false,
        why: 'repeat',
        outcome: mark.outcome,
      });
      expect((await alerts.load('a1')).group).toMatchObject({ revision: 2, titles: ['Slow'] });
      expect(await subject.store.history('checkout', 9)).toMatchObject([
        { what: 'silence', text: ['quiet'] },
      ]);
      expect(await subject.store.recall(['signature:1'])).toEqual(mark.outcome);
    });

    test('a save that comes too late sets no marks and writes nothing down', async () => {
      await subject.store.save(change(record('checkout'), 0));
      await alerts.save(saving(firing('a1')));
      const mark = { keys: ['trigger:1'], outcome: { ok: true, text: [] } };
      const late = saving(firing('a1'), { history: [entry('quiet', 'silence')], mark });
      expect(await alerts.save(late)).toEqual({ ok: false, why: 'revision' });
      expect(await subject.store.recall(['trigger:1'])).toBeNull();
      expect(await subject.store.history('checkout', 9)).toEqual([]);
    });

    test('a service that was never seen gets no history', async () => {
      await alerts.save(saving(firing('a1'), { history: [entry('quiet', 'silence')] }));
      expect(await subject.store.load('checkout')).toMatchObject({ record: null, hasHistory: false });
      await alerts.save(saving(firing('a2', { service: null }), { history: [entry('quiet', 'silence')] }));
    });

    test('a resolved group is open no more', async () => {
      await alerts.save(saving(firing('a1')));
      await alerts.save(saving(firing('a1', { status: 'resolved' }), { expect: 1, opens: false }));
      expect(await alerts.open('checkout')).toEqual([]);
    });

    test('what is due comes due, until a save says otherwise', async () => {
      await alerts.save(saving(firing('a1'), { due: fromNow() }));
      const due = async (): Promise<string[]> =>
        (await subject.agenda.take('taker', 9, 1_000)).names.filter((each) => each.startsWith('alert:'));
      expect(await due()).toEqual(['alert:a1']);
      await alerts.save(saving(firing('a1'), { expect: 1, opens: false, due: null }));
      await subject.agenda.done('alert:a1', 'taker');
      expect(await due()).toEqual([]);
    });

    test('in a storm the first have messages of their own, and the others one digest', async () => {
      const placed = await storm(stormGroups + 5);
      expect(placed).toEqual([...Array(stormGroups).fill('own'), ...Array(5).fill('digest')]);
      const { placed: where } = await alerts.load(`group${stormGroups}`);
      if (where?.kind !== 'digest') throw new Error('not in a digest');
      const digest = await alerts.digest(where.digest, 3);
      expect(digest.count).toBe(5);
      expect(digest.groups.map(({ id }) => id)).toHaveLength(3);
      expect((await drawn()).filter((each) => each.startsWith(digestCards))).toEqual([
        `${digestCards} ${where.digest}`,
      ]);
    });

    test('an urgent group has a message of its own in any storm, and leaves the digest for it', async () => {
      await storm(stormGroups + 2);
      const urgent = await alerts.save(saving(firing('urgent'), { urgent: true }));
      expect(urgent).toMatchObject({ placed: { kind: 'own' } });
      const last = `group${stormGroups + 1}`;
      const { placed } = await alerts.load(last);
      const moved = await alerts.save(saving(firing(last), { expect: 1, opens: false, urgent: true }));
      expect(moved).toMatchObject({ placed: { kind: 'own' } });
      if (placed?.kind !== 'digest') throw new Error('not in a digest');
      expect((await alerts.digest(placed.digest, 9)).groups.map(({ id }) => id)).toEqual([
        `group${stormGroups}`,
      ]);
    });

    test('a group of a storm that changes stays in its digest', async () => {
      await storm(stormGroups + 1);
      const last = firing(`group${stormGroups}`, { titles: ['Slower'] });
      const saved = await alerts.save(saving(last, { expect: 1, opens: false }));
      expect(saved).toMatchObject({ placed: { kind: 'digest' } });
    });

    test('a record that changes draws nothing of alerts that stand in a digest', async () => {
      await storm(stormGroups + 3);
      const { draws } = await subject.outbox.pending('C1', 0);
      for (const mark of draws) await subject.outbox.drawn('C1', mark);
      await subject.store.save(change(record('checkout'), 0));
      expect(await drawn()).toHaveLength(stormGroups);
    });

    test('a record that changes draws the alerts of its service anew, and one that does not, none', async () => {
      await alerts.save(saving(firing('a1')));
      await alerts.save(saving(firing('a2', { service: 'other' })));
      const clear = async (): Promise<void> => {
        const { draws } = await subject.outbox.pending('C1', 0);
        for (const mark of draws) await subject.outbox.drawn('C1', mark);
      };
      await clear();
      await subject.store.save(change(record('checkout'), 0));
      expect(await drawn()).toEqual([`${alertCards} a1`]);
      await clear();
      await subject.store.save(change(record('checkout', { digest: 'other' }), 1));
      expect(await drawn()).toEqual([]);
      await subject.store.save(change(record('checkout', { epoch: 2 }), 2));
      expect(await drawn()).toEqual([`${alertCards} a1`]);
    });
  });
}
