import { beforeEach, describe, expect, test } from 'vitest';
import { alertCards, digestCards, stormGroups } from '../../src/release/alerts/port.ts';
import type { AlertChange, AlertStore } from '../../src/release/alerts/port.ts';
import { emptyGroup } from '../../src/release/alerts/merge.ts';
import type { AlertGroup } from '../../src/release/alerts/alert.ts';
import { fromNow } from '../../src/release/instant.ts';
import { limits } from '../../src/release/limits.ts';
import type { Agenda, Outbox, Store } from '../../src/release/store.ts';
import { change, entry, notice, record } from './record.ts';

interface Subject {
  alerts: AlertStore;
  store: Store;
  agenda: Agenda;
  outbox: Outbox;
}

/** A group that fires. */
export function firing(id: string, more: Partial<AlertGroup> = {}): AlertGroup {
  const empty = emptyGroup({ id, source: 'prom', group: '{}', service: 'checkout', channel: 'C1' });
  return { ...empty, status: 'firing', titles: ['Slow'], since: 1, times: 1, ...more };
}

/** The save of a new group. */
export function saving(group: AlertGroup, more: Partial<AlertChange> = {}): AlertChange {
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

    /** The digest that holds a group. */
    const digestOf = async (id: string): Promise<string> => {
      const { placed } = await alerts.load(id);
      if (placed?.kind !== 'digest') throw new Error(`${id} is not in a digest`);
      return placed.digest;
    };

    test('a group never saved is not there', async () => {
      expect(await alerts.load('a1')).toMatchObject({ group: null, placed: null });
      expect(await alerts.open('checkout')).toEqual([]);
    });

    test('the groups that fire are found by the beginning of their ids, with or without a service', async () => {
      await alerts.save(saving(firing('abc1')));
      await alerts.save(saving(firing('abc2', { service: null })));
      await alerts.save(saving(firing('abd3')));
      await alerts.save(saving(firing('abc4', { status: 'resolved' }), { opens: false }));
      expect((await alerts.firing('abc')).toSorted()).toEqual(['abc1', 'abc2']);
      expect(await alerts.firing('b')).toEqual([]);
    });

    test('of too many groups those go that ended first, and none is taken while all fire', async () => {
      const most = limits.alertGroups.other;
      const stray = (id: string, more: Partial<AlertGroup> = {}) => firing(id, { service: null, ...more });
      const quiet = { opens: false, draw: false };
      for (let i = 0; i < most; i += 100)
        await Promise.all(
          Array.from({ length: 100 }, (_, k) =>
            alerts.save(saving(stray(`s${i + k}`, { status: i + k < 2 ? 'resolved' : 'firing' }), quiet)),
          ),
        );
      await alerts.save(saving(stray('s0', { status: 'resolved' }), { ...quiet, expect: 1 }));
      expect(await alerts.save(saving(stray('new')))).toMatchObject({ ok: true });
      expect(await alerts.load('s1')).toMatchObject({ group: null, revision: 0 });
      expect(await alerts.load('s0')).toMatchObject({ revision: 2 });
      expect(await alerts.save(saving(stray('newer')))).toMatchObject({ ok: true });
      expect(await alerts.load('s0')).toMatchObject({ group: null });
      expect(await alerts.save(saving(stray('newest')))).toEqual({ ok: false, why: 'full' });
      // What is known goes on, and so does a service that is known.
      expect(await alerts.save(saving(stray('new', { status: 'resolved' }), { expect: 1 }))).toMatchObject({
        ok: true,
      });
      expect(await alerts.save(saving(firing('known')))).toMatchObject({ ok: true });
    });

    test('one that never fired is shown nowhere, and placed as any other when it opens', async () => {
      const quiet = firing('a1', { status: 'resolved', times: 0 });
      await alerts.save(saving(quiet, { opens: false, draw: false }));
      expect(await alerts.load('a1')).toMatchObject({ placed: null, group: { revision: 1 } });
      expect(await drawn()).toEqual([]);
      await storm(stormGroups);
      const opened = await alerts.save(saving(firing('a1'), { expect: 1 }));
      expect(opened).toMatchObject({ ok: true, placed: { kind: 'digest' } });
      const { digest } = opened.ok && opened.placed.kind === 'digest' ? opened.placed : { digest: '' };
      expect(await alerts.digest(digest, 9)).toMatchObject({ count: 1, firing: 1 });
    });

    test('a save is loaded with the next revision, drawn, and announced in its thread', async () => {
      const told = { ...notice('n1'), service: alertCards, release: 'a1', channel: 'C1' };
      const saved = await alerts.save(saving(firing('a1'), { notices: [told] }));
      expect(saved).toMatchObject({ ok: true, placed: { kind: 'own' }, group: { revision: 1, id: 'a1' } });
      const loaded = await alerts.load('a1');
      expect(loaded).toMatchObject({ placed: { kind: 'own' }, group: { revision: 1, titles: ['Slow'] } });
      expect(await drawn()).toEqual([`${alertCards} a1`]);
      expect((await subject.outbox.pending('C1', 9)).notices).toMatchObject([{ id: 'n1', release: 'a1' }]);
      expect(await alerts.open('checkout')).toEqual(['a1']);
    });

    test('notices of alerts stand behind notices of releases, and hide none of them', async () => {
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

    test('an alert’s notice for its channel stands before other alerts’ notices for their threads', async () => {
      const told = (id: string, kind: 'progress' | 'broadcast') => ({
        ...notice(id),
        service: alertCards,
        release: id,
        channel: 'C1',
        kind,
      });
      const lines = Array.from({ length: 5 }, (_, i) => told(`line-${i}`, 'progress'));
      await alerts.save(saving(firing('a1'), { notices: lines }));
      await alerts.save(saving(firing('a2'), { notices: [told('critical', 'broadcast')] }));
      const { notices } = await subject.outbox.pending('C1', 2);
      expect(notices.map(({ id }) => id)).toEqual(['critical', 'line-0', 'line-1']);
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

    test('a job that is due comes due, until a save says otherwise', async () => {
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

    test('a group that asks for it leaves its digest, so many of a channel within a minute', async () => {
      await storm(2 * stormGroups + 1);
      const clear = async (): Promise<void> => {
        for (const mark of (await subject.outbox.pending('C1', 0)).draws)
          await subject.outbox.drawn('C1', mark);
      };
      const asks = { expect: 1, opens: false, surfaces: true };
      for (let i = 0; i < stormGroups; i += 1) {
        const asking = firing(`group${stormGroups + i}`);
        expect(await alerts.save(saving(asking, asks))).toMatchObject({ placed: { kind: 'own' } });
      }
      expect(await drawn()).toContain(`${alertCards} group${stormGroups}`);
      await clear();
      const last = firing(`group${2 * stormGroups}`);
      expect(await alerts.save(saving(last, asks))).toMatchObject({ placed: { kind: 'digest' } });
      expect(await drawn()).toEqual([]);
      expect(await alerts.digest(await digestOf(last.id), 9)).toMatchObject({ count: 1 });
      const ended = saving({ ...last, status: 'resolved' }, { ...asks, expect: 2 });
      expect(await alerts.save(ended)).toMatchObject({ placed: { kind: 'digest' } });
    });

    test('a group of a storm that changes stays in its digest', async () => {
      await storm(stormGroups + 1);
      const last = firing(`group${stormGroups}`, { titles: ['Slower'] });
      const saved = await alerts.save(saving(last, { expect: 1, opens: false }));
      expect(saved).toMatchObject({ placed: { kind: 'digest' } });
    });

    test('a digest names those that fire and are worst first, then those that came last, and counts them all', async () => {
      await storm(stormGroups);
      const severities = ['info', 'critical', 'warning', 'critical', 'unknown', 'warning'] as const;
      for (const [i, severity] of severities.entries())
        await alerts.save(saving(firing(`${severity}${i}`, { severity })));
      const digest = await digestOf('info0');
      const named = async (limit: number): Promise<string[]> =>
        (await alerts.digest(digest, limit)).groups.map(({ id }) => id);
      expect(new Set(await named(2))).toEqual(new Set(['critical1', 'critical3']));
      expect(await named(9)).toHaveLength(6);
      expect((await named(9)).slice(2).map((id) => id.slice(0, -1))).toEqual([
        'warning',
        'warning',
        'info',
        'unknown',
      ]);
      expect(await alerts.digest(digest, 1)).toMatchObject({ count: 6, firing: 6, critical: 2 });

      const ended = firing('critical3', { severity: 'critical', status: 'resolved' });
      await alerts.save(saving(ended, { expect: 1, opens: false }));
      await alerts.save(saving(firing('info0', { severity: 'critical' }), { expect: 1, opens: false }));
      expect(new Set(await named(2))).toEqual(new Set(['critical1', 'info0']));
      expect((await named(9)).at(-1)).toBe('critical3');
      expect(await alerts.digest(digest, 1)).toMatchObject({ count: 6, firing: 5, critical: 2 });
    });

    test('of equal ones in a digest the last to open goes first, after any later changes', async () => {
      await storm(stormGroups);
      const pass = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3));
      for (const id of ['one', 'two', 'three']) {
        await pass();
        await alerts.save(saving(firing(id)));
      }
      const digest = await digestOf('one');
      const named = async (): Promise<string[]> =>
        (await alerts.digest(digest, 9)).groups.map(({ id }) => id);
      expect(await named()).toEqual(['three', 'two', 'one']);
      await pass();
      await alerts.save(saving(firing('one', { titles: ['Slower'] }), { expect: 1, opens: false }));
      expect(await named()).toEqual(['three', 'two', 'one']);
      await alerts.save(saving(firing('two'), { expect: 1 }));
      expect(await named()).toEqual(['two', 'three', 'one']);
    });

    test('a resolved group leaves no digest for a message of its own, however urgent', async () => {
      await storm(stormGroups + 1);
      const last = `group${stormGroups}`;
      const ended = firing(last, { status: 'resolved' });
      const saved = await alerts.save(saving(ended, { expect: 1, opens: false, urgent: true }));
      expect(saved).toMatchObject({ ok: true, placed: { kind: 'digest' } });
    });

    test('when a service begins to bake, those of its groups that fire leave the digest', async () => {
      await storm(stormGroups + 2);
      const [ends, stays] = [`group${stormGroups}`, `group${stormGroups + 1}`];
      await alerts.save(saving(firing('other', { service: 'other' })));
      await alerts.save(saving(firing(ends, { status: 'resolved' }), { expect: 1, opens: false }));
      const digest = await digestOf('other');
      const { draws } = await subject.outbox.pending('C1', 0);
      for (const mark of draws) await subject.outbox.drawn('C1', mark);
      await subject.store.save(change(record('checkout', { state: 'baking' }), 0));
      expect((await alerts.load(stays)).placed).toEqual({ kind: 'own' });
      expect((await alerts.load(ends)).placed).toEqual({ kind: 'digest', digest });
      expect((await alerts.load('other')).placed).toEqual({ kind: 'digest', digest });
      expect(await alerts.digest(digest, 9)).toMatchObject({ count: 2, firing: 1 });
      const again = await drawn();
      expect(again).toContain(`${digestCards} ${digest}`);
      expect(again).toContain(`${alertCards} ${stays}`);
      expect(again).not.toContain(`${alertCards} ${ends}`);
    });

    test('a group in a digest is saved as not announced, with the due time of that', async () => {
      await storm(stormGroups);
      const unheard = { group: firing('a1', { titles: ['Unheard'] }), due: null };
      await alerts.save(saving(firing('a1'), { due: fromNow(), unheard }));
      expect(await alerts.load('a1')).toMatchObject({ group: { titles: ['Unheard'], revision: 1 } });
      const told = { ...notice('n1'), service: alertCards, release: 'a1', channel: 'C1' };
      const own = { opens: false, urgent: true, due: fromNow(), unheard, notices: [told] };
      expect(await alerts.save(saving(firing('a1'), { ...own, expect: 1 }))).toMatchObject({
        placed: { kind: 'own' },
        group: { titles: ['Slow'], revision: 2 },
      });
      expect((await subject.outbox.pending('C1', 9)).notices).toMatchObject([{ id: 'n1' }]);
      const { names } = await subject.agenda.take('taker', 99, 1_000);
      expect(names.filter((each) => each.startsWith('alert:'))).toEqual(['alert:a1']);
    });

    test('a group of a service that bakes by what is stored has a message of its own, and is due at once', async () => {
      await storm(stormGroups + 1);
      await subject.store.save(change(record('other', { state: 'baking' }), 0));
      const other = firing('a1', { service: 'other' });
      expect(await alerts.save(saving(other))).toMatchObject({ placed: { kind: 'own' } });
      const quiet = { expect: 1, opens: false };
      expect(await alerts.save(saving(firing('group0'), { ...quiet }))).toMatchObject({ ok: true });
      const { names } = await subject.agenda.take('taker', 99, 1_000);
      expect(names.filter((each) => each.startsWith('alert:'))).toEqual(['alert:a1']);
      expect(await alerts.save(saving(other, quiet))).toMatchObject({ placed: { kind: 'own' } });
      await subject.agenda.done('alert:a1', 'taker');
      expect((await subject.agenda.take('taker', 99, 1_000)).names).not.toContain('alert:a1');
    });

    test('a group that cannot be read is loaded with its revision and what can be read, and replaced by a save', async () => {
      const newer = { ...firing('a1', { times: 7 }), schema: 2, silenced: 'always' } as unknown as AlertGroup;
      await alerts.save(saving(newer));
      const loaded = await alerts.load('a1');
      expect(loaded).toMatchObject({
        group: null,
        revision: 1,
        remains: { times: 7, titles: ['Slow'], status: 'firing' },
      });
      expect(loaded.remains).not.toHaveProperty('schema');
      expect(loaded.remains).not.toHaveProperty('silenced');
      expect(await alerts.save(saving(firing('a1'), { expect: 1 }))).toMatchObject({ ok: true });
      expect(await alerts.load('a1')).toMatchObject({ group: { revision: 2 }, revision: 2 });
    });

    test('a group that cannot be read is postponed as it is, unless another save came first', async () => {
      const newer = { ...firing('a1'), schema: 2 } as unknown as AlertGroup;
      await alerts.save(saving(newer, { due: fromNow() }));
      const due = async (): Promise<string[]> => {
        const { names } = await subject.agenda.take('taker', 9, 1_000);
        for (const name of names) await subject.agenda.done(name, 'taker');
        return names.filter((each) => each.startsWith('alert:'));
      };
      await alerts.postpone('a1', 0, fromNow(60_000));
      expect(await due()).toEqual(['alert:a1']);
      await alerts.postpone('a1', 1, fromNow(60_000));
      expect(await due()).toEqual([]);
      expect(await alerts.load('a1')).toMatchObject({
        group: null,
        revision: 1,
        remains: { titles: ['Slow'] },
      });
      await alerts.postpone('nobody', 1, fromNow());
      expect(await alerts.load('nobody')).toMatchObject({ revision: 0 });
    });

    describe('a group that opens in another channel than it stood in', () => {
      const where = async (): Promise<Record<string, string[]>> => {
        const named = async (channel: string): Promise<string[]> =>
          (await subject.outbox.pending(channel, 0)).draws.map(
            ({ service, release }) => `${service} ${release}`,
          );
        return { C1: await named('C1'), C2: await named('C2') };
      };
      const shownIn = (channel: string, ts: string): Promise<void> =>
        subject.outbox.saveMessage({
          channel,
          ts,
          kind: 'card',
          service: alertCards,
          release: 'a1',
          epoch: 0,
        });
      const clear = async (channel: string): Promise<void> => {
        for (const mark of (await subject.outbox.pending(channel, 0)).draws)
          await subject.outbox.drawn(channel, mark);
      };
      const moved = (revision: number) =>
        alerts.save(saving(firing('a1', { channel: 'C2' }), { expect: revision }));

      test('leaves its message as it is and gets another there', async () => {
        await alerts.save(saving(firing('a1')));
        await shownIn('C1', '1.1');
        await alerts.save(saving(firing('a1', { status: 'resolved' }), { expect: 1, opens: false }));
        await clear('C1');
        expect(await moved(2)).toMatchObject({ ok: true, placed: { kind: 'own' } });
        expect(await subject.outbox.card(alertCards, 'a1')).toBeNull();
        expect(await where()).toEqual({ C1: [], C2: [`${alertCards} a1`] });
        await shownIn('C2', '2.2');
        await clear('C2');
        await subject.store.save(change(record('checkout'), 0));
        expect(await where()).toEqual({ C1: [], C2: [`${alertCards} a1`] });
      });

      test('is not saved before its message shows how it ended', async () => {
        await alerts.save(saving(firing('a1')));
        await shownIn('C1', '1.1');
        await alerts.save(saving(firing('a1', { status: 'resolved' }), { expect: 1, opens: false }));
        expect(await moved(2)).toEqual({ ok: false, why: 'undrawn' });
        expect((await alerts.load('a1')).group).toMatchObject({ channel: 'C1', revision: 2 });
        await clear('C1');
        expect(await moved(2)).toMatchObject({ ok: true });
      });

      test('keeps the message that stands there already, because its own channel was closed', async () => {
        await alerts.save(saving(firing('a1')));
        await shownIn('C2', '2.2');
        expect(await moved(1)).toMatchObject({ ok: true, placed: { kind: 'own' } });
        expect(await subject.outbox.card(alertCards, 'a1')).toMatchObject({ ts: '2.2' });
      });

      test('leaves the digest of the other channel', async () => {
        await storm(stormGroups);
        await alerts.save(saving(firing('a1')));
        const digest = await digestOf('a1');
        await alerts.save(saving(firing('a1', { status: 'resolved' }), { expect: 1, opens: false }));
        await clear('C1');
        expect(await moved(2)).toMatchObject({ ok: true, placed: { kind: 'own' } });
        expect(await where()).toEqual({ C1: [`${digestCards} ${digest}`], C2: [`${alertCards} a1`] });
        expect(await alerts.digest(digest, 9)).toMatchObject({ count: 0, firing: 0, critical: 0 });
      });
    });

    test('a record that changes redraws no alerts that stand in a digest', async () => {
      await storm(stormGroups + 3);
      const { draws } = await subject.outbox.pending('C1', 0);
      for (const mark of draws) await subject.outbox.drawn('C1', mark);
      await subject.store.save(change(record('checkout'), 0));
      expect(await drawn()).toHaveLength(stormGroups);
    });

    test('a record that changes makes the alerts of its service due that have a message', async () => {
      await storm(stormGroups + 1);
      await alerts.save(saving(firing('other', { service: 'other' }), { urgent: true }));
      await subject.store.save(change(record('checkout'), 0));
      const { names } = await subject.agenda.take('taker', 99, 1_000);
      const due = names.filter((each) => each.startsWith('alert:'));
      expect(due.toSorted()).toEqual(Array.from({ length: stormGroups }, (_, i) => `alert:group${i}`));
    });

    test('a record that changes draws the alerts of its service again, and one that does not, none', async () => {
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
