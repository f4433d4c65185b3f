import { beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../src/release/fault.ts';
import type { EvidenceStore } from '../../src/release/evidence/port.ts';
import { fromNow } from '../../src/release/instant.ts';
import { mostPlaces } from '../../src/release/waiting-line.ts';
import type { Place } from '../../src/release/waiting-line.ts';
import { mostSenderNotes } from '../../src/release/sender-notes.ts';
import type { SenderNotes } from '../../src/release/sender-notes.ts';
import type { Agenda, Outbox, Outcome, Store, PendingRevert } from '../../src/release/store.ts';
import { change, entry, notice, promoting, record } from './record.ts';

/** What the suite needs of one implementation. Every store starts empty. */
export interface Subject {
  store: Store;
  agenda: Agenda;
  outbox: Outbox;
  senders: SenderNotes;
  evidence: EvidenceStore;
  /** Another client of the same state, as a second replica has. */
  other: { store: Store; agenda: Agenda; outbox: Outbox; senders: SenderNotes; evidence: EvidenceStore };
  /** Lets time pass for the store, in ms. */
  pass(ms: number): Promise<void>;
  /** The store's clock. */
  now(): Promise<number>;
  /** Writes a record's text as another version would have. */
  plant(service: string, json: string, revision: number): Promise<void>;
  /** The store's clock is set back: from now on everything stored lies that much further ahead, ms. */
  setBack(ms: number): Promise<void>;
  /** Takes away a due time, as nothing of Switchback does. */
  loseDue(name: string): Promise<void>;
}

const outcome: Outcome = { ok: true, text: ['promote: accepted'] };
const pendingRevert = (id: string, more: Partial<PendingRevert> = {}): PendingRevert => ({
  id,
  actor: { kind: 'slack', user: 'U2', team: 'T1' },
  at: fromNow(),
  ...more,
});

/** What every store keeps to. */
export function storeContract(name: string, open: () => Promise<Subject>): void {
  describe(`${name} keeps state`, () => {
    let subject: Subject;
    let store: Store;
    let agenda: Agenda;
    let outbox: Outbox;
    beforeEach(async () => {
      subject = await open();
      ({ store, agenda, outbox } = subject);
    });
    const due = async (): Promise<string[]> => (await agenda.take('taker', 100, 1000)).names.toSorted();

    describe('records', () => {
      test('a service never saved has no record, no lease, no history', async () => {
        expect(await store.load('checkout')).toMatchObject({
          record: null,
          lease: null,
          renewedAt: null,
          pendingRevert: null,
          asked: null,
          hasHistory: false,
          rate: 0,
        });
        expect(await store.services()).toEqual([]);
      });

      test('a save is loaded with the next revision', async () => {
        const saved = await store.save(change(record('checkout', { digest: 'one' }), 0));
        expect(saved).toMatchObject({ ok: true, leased: false, record: { revision: 1, digest: 'one' } });
        expect((await subject.other.store.load('checkout')).record).toEqual(saved.ok && saved.record);
        expect(await store.services()).toEqual(['checkout']);
      });

      test('a save on another revision is refused and changes nothing', async () => {
        await store.save(change(record('checkout', { digest: 'one' }), 0));
        const late = change(record('checkout', { digest: 'two' }), 0, {
          history: [entry('no')],
          notices: [notice('n1')],
          mark: { keys: ['trigger:1'], outcome },
        });
        expect(await store.save(late)).toEqual({ ok: false, why: 'revision' });
        expect((await store.load('checkout')).record?.digest).toBe('one');
        expect(await store.history('checkout', 10)).toEqual([]);
        expect(await outbox.depth()).toBe(0);
        expect(await store.recall(['trigger:1'])).toBeNull();
      });

      test('of two replicas that save at once exactly one wins, 25 times', async () => {
        for (let round = 0; round < 25; round += 1) {
          const [a, b] = await Promise.all([
            store.save(change(record('checkout', { digest: 'a' }), round)),
            subject.other.store.save(change(record('checkout', { digest: 'b' }), round)),
          ]);
          expect([a.ok, b.ok].filter(Boolean)).toHaveLength(1);
          expect((await store.load('checkout')).record?.digest).toBe(a.ok ? 'a' : 'b');
        }
      });

      test('nobody else can change what was given to the store, or what it gave', async () => {
        const mine = record('checkout', { settings: { list: ['a'] } });
        await store.save(change(mine, 0));
        (mine.settings['list'] as string[]).push('b');
        const { record: first } = await store.load('checkout');
        const list = first?.settings['list'] as string[];
        expect(list).toEqual(['a']);
        expect(() => list.push('c')).toThrow(TypeError);
      });

      test('empty arrays, empty objects, nulls and odd text survive', async () => {
        const settings = {
          none: [],
          empty: {},
          nothing: null,
          nested: [[], {}],
          text: '\u0000"\\ % %1 \ud800 ☃',
        };
        await store.save(change(record('checkout', { settings }), 0));
        expect((await subject.other.store.load('checkout')).record).toMatchObject({
          settings,
          releases: [],
        });
      });

      test('fields of a newer version survive a save by this one, however deep', async () => {
        const newer = {
          ...record('checkout', { lock: null }),
          revision: 1,
          novel: { list: [] },
          lastRevert: { actor: { kind: 'system', rule: 'x', novel: 1 }, at: 1, version: null },
        };
        await subject.plant('checkout', JSON.stringify(newer), 1);
        const { record: loaded } = await store.load('checkout');
        if (loaded === null) throw new Error('no record');
        await store.save(change({ ...loaded, digest: 'two' }, 1));
        expect((await store.load('checkout')).record).toMatchObject({
          digest: 'two',
          novel: { list: [] },
          lastRevert: { actor: { novel: 1 } },
        });
      });

      test('a record of a higher schema is left alone', async () => {
        const newer = { ...record('checkout'), schema: 2, revision: 4 };
        await subject.plant('checkout', JSON.stringify(newer), 4);
        await expect(store.load('checkout')).rejects.toThrow(/schema 2/);
        await expect(store.acquire('checkout', 'a')).rejects.toBeInstanceOf(Fault);
        expect(await store.renew('checkout', 'a')).toMatchObject({ held: false, revision: 4 });
      });

      test('a damaged record is a fault for itself and no hindrance for the others', async () => {
        await store.save(change(record('billing'), 0));
        await subject.plant('checkout', '{"schema":1}', 4);
        await expect(store.load('checkout')).rejects.toMatchObject({ code: 'bad-record', unclear: false });
        const many = await store.loadMany(['checkout', 'billing', 'unknown']);
        expect(many[0]).toMatchObject({ record: null, bad: expect.stringContaining('checkout') });
        expect(many[1]?.record?.service).toBe('billing');
        expect(many[2]).toMatchObject({ record: null, hasHistory: false });
        expect(many[2]).not.toHaveProperty('bad');
      });

      test('a record that does not parse is not saved', async () => {
        const broken = { ...record('checkout'), state: 'dancing' as 'idle' };
        await expect(store.save(change(broken, 0))).rejects.toMatchObject({ code: 'bad-record' });
        expect((await store.load('checkout')).record).toBeNull();
      });
    });

    describe('instants', () => {
      test('come from the store’s clock, everywhere in a change', async () => {
        const lock = {
          holder: { kind: 'system', rule: 'x' } as const,
          reason: 'r',
          since: fromNow(),
          until: fromNow(60_000),
          remindAt: fromNow(-500),
        };
        const saved = await store.save(
          change(record('checkout', { lock }), 0, {
            history: [{ ...entry('locked'), text: ['until ', { at: fromNow(60_000) }] }],
            notices: [{ ...notice('n1'), text: [{ at: fromNow(5) }] }],
            mark: { keys: ['m'], outcome: { ok: true, text: [{ at: fromNow(7) }] } },
          }),
        );
        if (!saved.ok) throw new Error(saved.why);
        const { now } = saved;
        expect(Math.abs(now - (await subject.now()))).toBeLessThan(2000);
        expect(saved.record.lock).toMatchObject({ since: now, until: now + 60_000, remindAt: now - 500 });
        const [first] = await store.history('checkout', 1);
        expect(first).toMatchObject({ at: now, text: ['until ', { at: now + 60_000 }] });
        const { notices } = await outbox.pending('C1', 1);
        expect(notices[0]).toMatchObject({ at: now, text: [{ at: now + 5 }] });
        expect(await store.recall(['m'])).toEqual({ ok: true, text: [{ at: now + 7 }] });
      });

      test('text that looks like a placeholder is left as it is', async () => {
        const hostile = `"${'0'.repeat(32)}+5" %1 ${'a'.repeat(32)}+5`;
        const saved = await store.save(
          change(record('checkout', { settings: { a: hostile, b: `${'f'.repeat(32)}+1` } }), 0, {
            history: [entry(hostile)],
          }),
        );
        expect(saved.ok && saved.record.settings).toEqual({ a: hostile, b: `${'f'.repeat(32)}+1` });
        expect((await store.history('checkout', 1))[0]?.text).toEqual([hostile]);
      });
    });

    describe('the lease', () => {
      test('is taken when free, by oneself again, and not from its holder', async () => {
        const first = await store.save(
          change(promoting('checkout'), 0, { lease: { act: 'take', token: 'a' } }),
        );
        expect(first).toMatchObject({ ok: true, leased: true });
        const other = await store.save(
          change(promoting('checkout'), 1, { lease: { act: 'take', token: 'b' } }),
        );
        expect(other).toMatchObject({ ok: true, leased: false });
        const { lease, now } = await store.load('checkout');
        expect(lease?.token).toBe('a');
        expect((lease?.until ?? 0) - now).toBeLessThanOrEqual(3000);
        expect((await store.acquire('checkout', 'b')).held).toBe(false);
        expect((await store.acquire('checkout', 'a')).held).toBe(true);
      });

      test('keep and drop need it held, by that token', async () => {
        const saveAs = (token: string, act: 'keep' | 'drop', expected: number) =>
          store.save(change(promoting('checkout'), expected, { lease: { act, token } }));
        expect(await saveAs('a', 'keep', 0)).toEqual({ ok: false, why: 'lease' });
        await store.save(change(promoting('checkout'), 0, { lease: { act: 'take', token: 'a' } }));
        expect(await saveAs('b', 'keep', 1)).toEqual({ ok: false, why: 'lease' });
        expect(await saveAs('b', 'drop', 1)).toEqual({ ok: false, why: 'lease' });
        expect(await saveAs('a', 'keep', 1)).toMatchObject({ ok: true, leased: true });
        expect(await saveAs('a', 'drop', 2)).toMatchObject({ ok: true, leased: false });
        expect((await store.load('checkout')).lease).toBeNull();
      });

      test('runs out after 3 s and is then another’s to take', async () => {
        await store.save(change(promoting('checkout'), 0, { lease: { act: 'take', token: 'a' } }));
        const renewedAt = (await store.load('checkout')).renewedAt;
        await subject.pass(3100);
        expect((await store.load('checkout')).lease).toBeNull();
        expect((await store.renew('checkout', 'a')).held).toBe(false);
        expect(
          await store.save(change(promoting('checkout'), 1, { lease: { act: 'keep', token: 'a' } })),
        ).toEqual({
          ok: false,
          why: 'lease',
        });
        const taken = await store.acquire('checkout', 'b');
        expect(taken).toMatchObject({ held: true, lease: { token: 'b' }, renewedAt });
        expect((await store.load('checkout')).renewedAt).toBe(renewedAt);
        expect((await store.renew('checkout', 'b')).held).toBe(true);
        expect((await store.load('checkout')).renewedAt).toBeGreaterThan(renewedAt ?? 0);
      });

      test('only its holder gives it up', async () => {
        await store.save(change(promoting('checkout'), 0, { lease: { act: 'take', token: 'a' } }));
        await store.release('checkout', 'b');
        expect((await store.load('checkout')).lease?.token).toBe('a');
        await store.release('checkout', 'a');
        expect((await store.load('checkout')).lease).toBeNull();
      });
    });

    describe('refused saves', () => {
      test('past goodUntil: expired', async () => {
        expect(await store.save(change(record('checkout'), 0, { goodUntil: fromNow(-1) }))).toEqual({
          ok: false,
          why: 'expired',
        });
        const soon = (await subject.now()) + 60_000;
        expect(await store.save(change(record('checkout'), 0, { goodUntil: soon }))).toMatchObject({
          ok: true,
        });
      });

      test('a known mark: the first outcome again, before every other refusal', async () => {
        const mark = { keys: ['signature:1', 'trigger:1'], outcome };
        await store.save(change(record('checkout'), 0, { mark }));
        const again = change(record('checkout'), 99, {
          mark: { keys: ['trigger:1'], outcome: { ok: true, text: [] } },
        });
        expect(await store.save(again)).toEqual({ ok: false, why: 'repeat', outcome });
        expect(await store.load('checkout', { marks: ['nothing', 'trigger:1'], rate: 'U1' })).toMatchObject({
          repeat: outcome,
          rate: 0,
        });
        expect(await subject.other.store.recall(['signature:1'])).toEqual(outcome);
        expect(await store.recall(['nothing'])).toBeNull();
      });

      test('a command that is recalled as not stored is never stored later: neither by a save, a pending revert or a note, nor by a repeat', async () => {
        await store.save(change(promoting('checkout'), 0));
        const keys = ['signature:1', 'trigger:1'];
        const refused: Outcome = { ok: false, code: 'storage-unavailable', text: [{ at: fromNow(5) }] };
        const told = await store.recall(keys, refused);
        expect(told).toMatchObject({ ok: false, code: 'storage-unavailable' });
        expect(told?.text[0]).not.toEqual(refused.text[0]);
        const repeat = { ok: false, why: 'repeat', outcome: told };
        const mark = { keys, outcome };
        const late = change(promoting('checkout', 'op2'), 1, { mark, history: [entry('late')] });
        expect(await subject.other.store.save(late)).toEqual(repeat);
        expect(
          await store.savePendingRevert('checkout', 'op1', pendingRevert('w1'), entry('late'), mark),
        ).toEqual(repeat);
        expect(await store.note('checkout', entry('late', 'refused'), mark)).toEqual(told);
        expect(await store.load('checkout', { marks: ['trigger:1'] })).toMatchObject({
          record: { revision: 1 },
          pendingRevert: null,
          repeat: told,
        });
        expect(await store.history('checkout', 5)).toEqual([]);
      });

      test('what was stored is recalled with its own outcome, not with the one the caller offers', async () => {
        await store.save(change(record('checkout'), 0, { mark: { keys: ['trigger:1'], outcome } }));
        const refused: Outcome = { ok: false, code: 'storage-unavailable', text: ['not stored'] };
        expect(await store.recall(['signature:1', 'trigger:1'], refused)).toEqual(outcome);
        expect(await store.recall(['signature:1'])).toBeNull();
      });

      test('an open outcome is returned as it is, until a save confirms it or it is recalled as something else', async () => {
        const open: Outcome = { ok: false, code: 'storage-unavailable', text: ['not confirmed'], open: true };
        const confirm = (keys: string[], expected: number) =>
          store.save(change(record('checkout'), expected, { mark: { keys, outcome, confirms: true } }));
        await store.save(change(record('checkout'), 0, { mark: { keys: ['one'], outcome: open } }));
        await store.save(change(record('checkout'), 1, { mark: { keys: ['two'], outcome: open } }));
        expect(await store.recall(['one'])).toEqual(open);
        const again = change(record('checkout'), 2, { mark: { keys: ['one'], outcome } });
        expect(await store.save(again)).toEqual({ ok: false, why: 'repeat', outcome: open });
        expect(await confirm(['one'], 2)).toMatchObject({ ok: true });
        expect(await store.recall(['one'])).toEqual(outcome);
        expect(await confirm(['one'], 3)).toEqual({ ok: false, why: 'repeat', outcome });

        const refused: Outcome = { ok: false, code: 'storage-unavailable', text: ['not carried out'] };
        expect(await subject.other.store.recall(['two'], refused)).toEqual(refused);
        expect(await confirm(['two'], 3)).toEqual({ ok: false, why: 'repeat', outcome: refused });
        expect((await store.load('checkout')).record?.revision).toBe(3);
      });

      test('the revision is checked before expiry, expiry before the lease, the lease before a pending revert', async () => {
        await store.save(change(promoting('checkout'), 0, { lease: { act: 'take', token: 'a' } }));
        await store.savePendingRevert('checkout', 'op1', pendingRevert('w1'), entry('asked'));
        const all = {
          goodUntil: fromNow(-1),
          lease: { act: 'keep', token: 'b' } as const,
          unlessPendingRevert: true,
        };
        const why = async (expected: number, more: object) =>
          store.save(change(promoting('checkout'), expected, { ...all, ...more }));
        expect(await why(0, {})).toMatchObject({ why: 'revision' });
        expect(await why(1, {})).toMatchObject({ why: 'expired' });
        expect(await why(1, { goodUntil: fromNow(1000) })).toMatchObject({ why: 'lease' });
        const own = { goodUntil: fromNow(1000), lease: { act: 'keep', token: 'a' } };
        expect(await why(1, own)).toMatchObject({ why: 'pending-revert' });
      });
    });

    describe('a pending revert', () => {
      beforeEach(async () => {
        await store.save(change(promoting('checkout'), 0, { lease: { act: 'take', token: 'a' } }));
      });

      test('is stored against the operation under way, at any revision, and returned at renewal', async () => {
        const mark = { keys: ['trigger:2'], outcome };
        expect(
          await store.savePendingRevert('checkout', 'op1', pendingRevert('w1'), entry('asked'), mark),
        ).toEqual({
          ok: true,
          joined: false,
          replicated: true,
        });
        const renewed = await store.renew('checkout', 'a');
        expect(renewed).toMatchObject({ held: true, revision: 1, pendingRevert: { id: 'w1' } });
        expect(Math.abs((renewed.pendingRevert?.at ?? 0) - (await subject.now()))).toBeLessThan(2000);
        expect((await store.load('checkout')).pendingRevert?.id).toBe('w1');
        expect((await store.history('checkout', 1))[0]?.text).toEqual(['asked']);
        expect(
          await store.savePendingRevert('checkout', 'op1', pendingRevert('w2'), entry('again'), mark),
        ).toEqual({
          ok: false,
          why: 'repeat',
          outcome,
        });
      });

      test('against another operation, or none, is gone', async () => {
        expect(await store.savePendingRevert('checkout', 'op0', pendingRevert('w1'), entry('w'))).toEqual({
          ok: false,
          why: 'gone',
        });
        expect(await store.savePendingRevert('billing', 'op1', pendingRevert('w1'), entry('w'))).toEqual({
          ok: false,
          why: 'gone',
        });
        await store.save(change({ ...promoting('checkout'), state: 'stuck' }, 1));
        expect(await store.savePendingRevert('checkout', 'op1', pendingRevert('w1'), entry('w'))).toEqual({
          ok: false,
          why: 'gone',
        });
        expect(await store.history('checkout', 5)).toEqual([]);
      });

      test('joins an earlier one; a forced one replaces an unforced one and no forced one', async () => {
        const joined = { ok: true, joined: true, replicated: true };
        await store.savePendingRevert('checkout', 'op1', pendingRevert('w1'), entry('1'));
        expect(await store.savePendingRevert('checkout', 'op1', pendingRevert('w2'), entry('2'))).toEqual(
          joined,
        );
        expect((await store.load('checkout')).pendingRevert?.id).toBe('w1');
        expect(
          await store.savePendingRevert('checkout', 'op1', pendingRevert('w3', { force: 'now' }), entry('3')),
        ).toEqual(joined);
        expect((await store.load('checkout')).pendingRevert).toMatchObject({ id: 'w3', force: 'now' });
        await store.savePendingRevert(
          'checkout',
          'op1',
          pendingRevert('w4', { force: 'me too' }),
          entry('4'),
        );
        expect((await store.load('checkout')).pendingRevert?.id).toBe('w3');
      });

      test('stays while its operation is under way, and goes with the save that answers it', async () => {
        await store.savePendingRevert('checkout', 'op1', pendingRevert('w1'), entry('1'));
        expect(await store.save(change(promoting('checkout'), 1, { unlessPendingRevert: true }))).toEqual({
          ok: false,
          why: 'pending-revert',
        });
        await store.save(change(promoting('checkout'), 1));
        expect((await store.load('checkout')).pendingRevert?.id).toBe('w1');
        await store.save(change(promoting('checkout', 'op2'), 2, { takesPendingRevert: 'w1' }));
        expect((await store.load('checkout')).pendingRevert).toBeNull();
      });

      test('is removed by no save that answers another: a forced one that replaced it waits', async () => {
        await store.savePendingRevert('checkout', 'op1', pendingRevert('w1'), entry('1'));
        await store.savePendingRevert('checkout', 'op1', pendingRevert('w2', { force: 'now' }), entry('2'));
        const takes = (id: string) =>
          store.save(change(promoting('checkout', 'op2'), 1, { takesPendingRevert: id }));
        expect(await takes('w1')).toEqual({ ok: false, why: 'pending-revert' });
        expect(await store.load('checkout')).toMatchObject({
          record: { revision: 1 },
          pendingRevert: { id: 'w2' },
        });
        expect(await takes('w2')).toMatchObject({ ok: true });
        expect((await store.load('checkout')).pendingRevert).toBeNull();
        expect(
          await store.save(change(promoting('checkout', 'op3'), 2, { takesPendingRevert: 'w2' })),
        ).toMatchObject({
          ok: true,
        });
      });

      test('is never seen by another operation', async () => {
        await store.savePendingRevert('checkout', 'op1', pendingRevert('w1'), entry('1'));
        await store.save(change(promoting('checkout', 'op2'), 1));
        expect((await store.load('checkout')).pendingRevert).toBeNull();
        await store.savePendingRevert('checkout', 'op2', pendingRevert('w2'), entry('2'));
        await store.save(change(record('checkout'), 2));
        expect((await store.renew('checkout', 'a')).pendingRevert).toBeNull();
      });
    });

    describe('history', () => {
      test('is listed newest first and survives the record’s revisions', async () => {
        await store.save(change(record('checkout'), 0, { history: [entry('1'), entry('2')] }));
        await store.save(change(record('checkout'), 1, { history: [entry('3')] }));
        const told = await store.history('checkout', 2);
        expect(told.map(({ text, times }) => [text[0], times])).toEqual([
          ['3', 1],
          ['2', 1],
        ]);
        expect(await store.load('checkout')).toMatchObject({ hasHistory: true });
      });

      test('counts equal refusals within a minute in one entry', async () => {
        const refused = { ...entry('locked', 'refused'), code: 'locked' as const };
        await store.save(change(record('checkout'), 0));
        for (let i = 0; i < 3; i += 1) await store.note('checkout', refused);
        await store.note('checkout', { ...refused, text: ['other'] });
        const other: Outcome = { ok: false, code: 'frozen', text: ['frozen'] };
        expect(await store.note('checkout', refused, { keys: ['trigger:9'], outcome })).toBeNull();
        expect(await store.note('checkout', refused, { keys: ['trigger:9'], outcome: other })).toEqual(
          outcome,
        );
        expect((await store.history('checkout', 9)).map(({ text, times }) => [text[0], times])).toEqual([
          ['other', 1],
          ['locked', 4],
        ]);
        expect(await store.recall(['trigger:9'])).toEqual(outcome);
        expect((await store.load('checkout')).record?.revision).toBe(1);
      });

      test('counts equal refusals in one entry from every channel', async () => {
        await store.save(change(record('checkout'), 0));
        for (let i = 0; i < 40; i += 1) {
          const actor = {
            kind: 'slack' as const,
            user: 'U0EVE',
            team: 'T0X',
            channel: `C${i}`,
            thread: `${i}.1`,
          };
          await store.note('checkout', { actor, what: 'refused', text: ['revert: no'], code: 'not-allowed' });
        }
        expect(await store.history('checkout', 9)).toMatchObject([{ times: 40, actor: { channel: 'C0' } }]);
      });

      test('is not filled by people who may do nothing: what is above the bound is only counted', async () => {
        await store.save(change(record('checkout'), 0, { history: [entry('kept')] }));
        const refused = (user: string, code: 'not-allowed' | 'stale-button' | 'locked') => {
          const actor = { kind: 'slack' as const, user, team: 'T0X' };
          return store.note('checkout', { actor, what: 'refused', text: ['no'], code });
        };
        for (let i = 0; i < 100; i += 1) await refused(`U${i}`, 'not-allowed');
        const above = { actor: { kind: 'system', rule: 'refusals' }, times: 40, code: 'not-allowed' };
        expect(await store.history('checkout', 2)).toMatchObject([above, { actor: { user: 'U59' } }]);
        expect(await store.history('checkout', 99)).toHaveLength(62);
        // Another kind has a bound of its own; what only people with a role can cause has none.
        for (let i = 0; i < 100; i += 1) await refused(`U${i}`, 'stale-button');
        expect(await store.history('checkout', 200)).toHaveLength(123);
        for (let i = 0; i < 100; i += 1) await refused(`U${i}`, 'locked');
        expect(await store.history('checkout', 300)).toHaveLength(223);
        expect((await store.history('checkout', 300)).at(-1)?.text).toEqual(['kept']);
      });

      test('is not begun by a refusal: one without a record means that the record was lost', async () => {
        const mark = { keys: ['trigger:9'], outcome };
        expect(await store.note('checkout', entry('not allowed', 'refused'), mark)).toBeNull();
        expect(await store.history('checkout', 9)).toEqual([]);
        expect(await store.load('checkout', { marks: ['trigger:9'] })).toMatchObject({
          record: null,
          hasHistory: false,
          repeat: outcome,
        });
      });

      test('keeps the newest 5,000 entries', async () => {
        for (let part = 0; part < 5; part += 1) {
          const history = Array.from({ length: 1001 }, (_, i) => entry(String(part * 1001 + i + 1)));
          await store.save(change(record('checkout'), part, { history }));
        }
        const told = await store.history('checkout', 6000);
        expect(told).toHaveLength(5000);
        expect([told[0]?.text[0], told.at(-1)?.text[0]]).toEqual(['5005', '6']);
      });
    });

    describe('due times', () => {
      const withDue = (service: number | null, bake: number | null = null) => ({ due: { service, bake } });

      test('are what the newest save said', async () => {
        await store.save(change(record('checkout'), 0, withDue(fromNow(-1), fromNow(60_000))));
        expect(await due()).toEqual(['service:checkout']);
        await agenda.done('service:checkout', 'taker');
        await store.save(change(record('checkout'), 1, withDue(fromNow(60_000), fromNow(0))));
        expect(await due()).toEqual(['bake:checkout']);
        await store.save(change(record('checkout'), 2, withDue(null)));
        await agenda.done('bake:checkout', 'taker');
        expect(await due()).toEqual([]);
      });

      test('a name that is held is nobody else’s until it is done or the hold runs out', async () => {
        await store.save(change(record('checkout'), 0, withDue(fromNow(-1))));
        expect((await agenda.take('a', 10, 400)).names).toEqual(['service:checkout']);
        expect((await subject.other.agenda.take('b', 10, 400)).names).toEqual([]);
        expect(await subject.other.agenda.extend('service:checkout', 'b', 400)).toBe(false);
        // Together they go in one question.
        const both = [
          agenda.extend('service:checkout', 'b', 900),
          agenda.extend('service:checkout', 'a', 500),
        ];
        expect(await Promise.all(both)).toEqual([false, true]);
        await subject.pass(600);
        expect((await subject.other.agenda.take('b', 10, 400)).names).toEqual(['service:checkout']);
        expect(await agenda.extend('service:checkout', 'a', 400)).toBe(false);
        await agenda.done('service:checkout', 'a');
        expect((await agenda.take('a', 10, 400)).names).toEqual([]);
        await agenda.done('service:checkout', 'b');
        expect((await agenda.take('a', 10, 400)).names).toEqual(['service:checkout']);
      });

      test('nothing is lost when a save comes while the name is held', async () => {
        await store.save(change(record('checkout'), 0, withDue(fromNow(-1))));
        await agenda.take('a', 10, 60_000);
        await store.save(change(record('checkout'), 1, { ...withDue(fromNow(-1)), notices: [notice('n1')] }));
        expect(await due()).toEqual(['channel:C1']);
        await store.save(change(record('checkout'), 2, { ...withDue(fromNow(-1)), notices: [notice('n2')] }));
        expect(await due()).toEqual([]);
        await agenda.done('service:checkout', 'a');
        await agenda.done('channel:C1', 'taker');
        expect(await due()).toEqual(['channel:C1', 'service:checkout']);
      });

      test('a lease that is out sets them to its end; giving it up under way makes the service due now', async () => {
        await store.save(
          change(promoting('checkout'), 0, { ...withDue(fromNow(-1)), lease: { act: 'take', token: 'a' } }),
        );
        expect(await agenda.take('taker', 10, 1000)).toEqual({ names: [], leasedForMs: expect.any(Number) });
        await store.renew('checkout', 'a');
        expect(await due()).toEqual([]);
        await store.release('checkout', 'a');
        expect(await agenda.take('taker', 10, 1000)).toEqual({
          names: ['service:checkout'],
          leasedForMs: null,
        });
      });

      test('a lease given up with nothing under way leaves what the record said', async () => {
        await store.save(change(record('checkout'), 0, withDue(fromNow(60_000))));
        await store.acquire('checkout', 'a');
        await store.release('checkout', 'a');
        expect(await due()).toEqual([]);
        await store.save(change(record('checkout'), 1, withDue(fromNow(-1))));
        await store.acquire('checkout', 'a');
        expect(await due()).toEqual([]);
        await store.release('checkout', 'a');
        expect(await due()).toEqual(['service:checkout']);
      });

      test('a service whose holder died is due when its lease ends', async () => {
        await store.save(change(promoting('checkout'), 0, { lease: { act: 'take', token: 'a' } }));
        await subject.pass(3100);
        expect(await agenda.take('taker', 10, 1000)).toEqual({
          names: ['service:checkout'],
          leasedForMs: null,
        });
        await agenda.done('service:checkout', 'taker');
        expect(await due()).toEqual(['service:checkout']);
      });

      test('again in a while: once more, sooner than the save said, and a save does not undo it', async () => {
        await store.save(change(record('checkout'), 0, withDue(null, fromNow(-1))));
        await due();
        await store.save(change(record('checkout'), 1, withDue(null, fromNow(60_000))));
        await agenda.done('bake:checkout', 'taker', 300);
        await store.save(change(record('checkout'), 2, withDue(null, fromNow(60_000))));
        expect(await due()).toEqual([]);
        await subject.pass(400);
        expect(await due()).toEqual(['bake:checkout']);
        await agenda.done('bake:checkout', 'taker');
        expect(await due()).toEqual([]);
      });

      test('a name that is left to others is taken by them alone', async () => {
        await store.save(change(record('basket'), 0, { due: { service: null, bake: fromNow() } }));
        await store.save(change(record('checkout'), 0, { due: { service: null, bake: fromNow() } }));
        const took = await agenda.take('one', 1, 1000, ['bake:basket']);
        expect(took.names).toEqual(['bake:checkout']);
        expect((await agenda.take('one', 1, 1000, ['bake:basket'])).names).toEqual([]);
        expect((await subject.other.agenda.take('two', 1, 1000)).names).toEqual(['bake:basket']);
      });

      test('a channel is due while anything waits; again in a while is a pause', async () => {
        await outbox.post([notice('n1')]);
        expect(await due()).toEqual(['channel:C1']);
        await agenda.done('channel:C1', 'taker', 300);
        await outbox.post([notice('n2')]);
        expect(await due()).toEqual([]);
        await subject.pass(400);
        expect(await due()).toEqual(['channel:C1']);
        await outbox.sent('C1', ['n1', 'n2']);
        await agenda.done('channel:C1', 'taker');
        expect(await due()).toEqual([]);
      });

      test('a name without a record is due once it was ensured', async () => {
        await agenda.ensure('sweep', 0);
        await agenda.ensure('sweep', 60_000);
        expect(await due()).toEqual(['sweep']);
        await agenda.ensure('sweep', 0);
        expect(await due()).toEqual([]);
        await agenda.done('sweep', 'taker', 60_000);
        await agenda.ensure('sweep', 0);
        expect(await due()).toEqual([]);
      });

      test('that are gone come back by a repair, which changes no other', async () => {
        const lost = ['service:checkout', 'bake:checkout', 'service:billing', 'channel:C1'];
        await store.save(change(record('checkout'), 0, withDue(fromNow(-1), fromNow(-1))));
        await store.save(change(promoting('billing'), 0, { lease: { act: 'take', token: 'a' } }));
        await store.save(change(record('later'), 0, withDue(fromNow(60_000))));
        await store.save(change(record('held'), 0, withDue(fromNow(-1))));
        await outbox.post([notice('n1')]);
        expect((await agenda.take('a', 10, 60_000)).names).toContain('service:held');
        for (const name of ['service:checkout', 'bake:checkout', 'channel:C1']) await agenda.done(name, 'a');
        for (const name of lost) await subject.loseDue(name);
        expect(await due()).toEqual([]);
        await agenda.repair(['checkout', 'billing', 'later', 'held']);
        expect(await due()).toEqual(['bake:checkout', 'channel:C1', 'service:checkout']);
        await store.release('billing', 'a');
        expect(await due()).toEqual(['service:billing']);
      });

      describe('and leases end as soon as they would have, when the clock was set back', () => {
        const backMs = 600_000;

        test('a service lease, which nobody gets before that', async () => {
          await store.save(change(promoting('checkout'), 0, { lease: { act: 'take', token: 'a' } }));
          expect(await due()).toEqual([]);
          await subject.setBack(backMs);
          expect(await agenda.take('taker', 10, 1000)).toEqual({
            names: [],
            leasedForMs: expect.any(Number),
          });
          expect(await store.acquire('checkout', 'b')).toMatchObject({ held: false });
          await subject.pass(3100);
          expect(await due()).toEqual(['service:checkout']);
          expect(await store.acquire('checkout', 'b')).toMatchObject({ held: true });
        });

        test('a service lease whose holder lives is kept', async () => {
          await store.save(change(promoting('checkout'), 0, { lease: { act: 'take', token: 'a' } }));
          await due();
          await subject.setBack(backMs);
          await due();
          await subject.pass(1000);
          expect(await store.renew('checkout', 'a')).toMatchObject({ held: true });
          await subject.pass(1000);
          expect(await due()).toEqual([]);
          expect(await store.acquire('checkout', 'b')).toMatchObject({ held: false });
        });

        test('a due lease', async () => {
          await outbox.post([notice('n1')]);
          expect(await due()).toEqual(['channel:C1']);
          await subject.setBack(backMs);
          expect(await due()).toEqual([]);
          expect(await agenda.extend('channel:C1', 'taker', 1000)).toBe(true);
          await subject.pass(1100);
          expect(await due()).toEqual(['channel:C1']);
        });

        test('a due lease on what was due already, and what is due later stays as the record says', async () => {
          await store.save(change(record('checkout'), 0, withDue(fromNow(3_000), fromNow())));
          expect(await due()).toEqual(['bake:checkout']);
          await subject.setBack(backMs);
          expect(await due()).toEqual([]);
          await subject.pass(3100);
          expect(await due()).toEqual(['bake:checkout']);
          await agenda.done('bake:checkout', 'taker');
          expect(await due()).toEqual(['bake:checkout']);
        });

        test('a pause, and a time until the next look', async () => {
          await outbox.post([notice('n1')]);
          await agenda.ensure('sweep', 0);
          expect(await due()).toEqual(['channel:C1', 'sweep']);
          await agenda.done('channel:C1', 'taker', 300);
          await agenda.done('sweep', 'taker', 300);
          await agenda.ensure('other', 300);
          await subject.setBack(backMs);
          expect(await due()).toEqual([]);
          // Found out by an instant that is up to a second old.
          await subject.pass(1400);
          expect(await due()).toEqual(['channel:C1', 'other', 'sweep']);
        });
      });

      test('no more than the limit is taken, the longest due first', async () => {
        for (const [i, name] of ['a', 'b', 'c'].entries()) {
          await store.save(change(record(name), 0, withDue(fromNow(-3000 + i * 1000))));
        }
        expect((await agenda.take('x', 2, 1000)).names).toEqual(['service:a', 'service:b']);
        expect((await agenda.take('x', 2, 1000)).names).toEqual(['service:c']);
      });

      test('two replicas that take at once never hold the same name', async () => {
        for (let i = 0; i < 20; i += 1) await agenda.ensure(`sweep-${i}`, 0);
        const taken = await Promise.all(
          [agenda, subject.other.agenda, agenda, subject.other.agenda].map((one, i) =>
            one.take(`t${i}`, 7, 1000),
          ),
        );
        const names = taken.flatMap((each) => each.names);
        expect(new Set(names).size).toBe(names.length);
        expect(names).toHaveLength(20);
      });
    });

    describe('the outbox', () => {
      test('gives notices in order and forgets those sent', async () => {
        await outbox.post([notice('n1'), notice('n2')]);
        await store.save(change(record('checkout'), 0, { notices: [notice('n3'), notice('m1', 'C2')] }));
        await outbox.post([notice('n1')]);
        const ids = async (channel: string) =>
          (await outbox.pending(channel, 10)).notices.map(({ id }) => id);
        expect(await ids('C1')).toEqual(['n1', 'n2', 'n3']);
        expect((await outbox.pending('C1', 1)).notices).toMatchObject([{ id: 'n1', service: 'checkout' }]);
        expect((await outbox.pending('C1', 1)).notices[0]).not.toHaveProperty('channel');
        await outbox.sent('C1', ['n1', 'n3']);
        expect(await ids('C1')).toEqual(['n2']);
        expect(await outbox.depth()).toBe(2);
        await outbox.move('C1', ['n2', 'n9'], 'C2');
        expect([await ids('C1'), await ids('C2')]).toEqual([[], ['n2', 'm1']]);
        expect(await outbox.depth()).toBe(2);
      });

      test('finds the outcome of a revert, and what somebody waits for, among all earlier notices', async () => {
        const many = Array.from({ length: 5 }, (_, i) => notice(`n${i}`));
        const late = [
          { ...notice('asks'), kind: 'broadcast' as const },
          { ...notice('reverted'), of: 'revert' as const },
          { ...notice('for one'), kind: 'private' as const },
        ];
        await outbox.post([...many, ...late, notice('last')]);
        const ids = async (limit: number) => (await outbox.pending('C1', limit)).notices.map(({ id }) => id);
        expect(await ids(2)).toEqual(['n0', 'n1', 'asks', 'reverted', 'for one']);
        expect(await ids(9)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'asks', 'reverted', 'for one', 'last']);
      });

      test('finds a notice by its id, and marks it to be drawn with the save that ends it', async () => {
        const asked = {
          id: 'n1',
          service: 'checkout',
          release: 'r1',
          kind: 'event' as const,
          text: ['asks'],
          at: 1,
        };
        const about = { service: 'checkout', release: 'r1', epoch: 1 };
        const shown = { ...about, channel: 'C1', ts: '1.1', kind: 'notice' as const, notice: asked };
        await outbox.saveMessage(shown);
        expect(await outbox.card('@notices', 'n1')).toEqual(shown);
        expect(await outbox.card('checkout', 'r1')).toBeNull();
        const draw = [{ channel: 'C1', release: 'n1', service: '@notices' }];
        await store.save(change(record('checkout'), 0, { draw }));
        expect((await outbox.pending('C1', 10)).draws).toMatchObject([
          { service: '@notices', release: 'n1' },
        ]);
      });

      test('a newer draw mark survives drawn', async () => {
        await store.save(change(record('checkout'), 0, { draw: [{ channel: 'C1', release: 'r1' }] }));
        const [first] = (await outbox.pending('C1', 10)).draws;
        if (first === undefined) throw new Error('no mark');
        expect(first).toMatchObject({ service: 'checkout', release: 'r1' });
        await store.save(change(record('checkout'), 1, { draw: [{ channel: 'C1', release: 'r1' }] }));
        await outbox.drawn('C1', first);
        const [second] = (await outbox.pending('C1', 10)).draws;
        expect(second?.mark).not.toBe(first.mark);
        await outbox.redraw('C1', 'checkout', 'r1');
        if (second !== undefined) await outbox.drawn('C1', second);
        const [third] = (await outbox.pending('C1', 10)).draws;
        expect(third).toMatchObject({ service: 'checkout', release: 'r1' });
        if (third !== undefined) await outbox.drawn('C1', third);
        expect(await outbox.pending('C1', 10)).toEqual({ notices: [], draws: [] });
        expect(await outbox.depth()).toBe(0);
      });

      test('remembers which message shows what', async () => {
        const card = {
          channel: 'C1',
          ts: '1.1',
          kind: 'card',
          service: 'checkout',
          release: 'r1',
          epoch: 3,
        } as const;
        await outbox.saveMessage(card);
        await outbox.saveMessage({ ...card, ts: '1.2', kind: 'notice', buttons: 'drift' });
        expect(await outbox.findMessage('C1', '1.1')).toEqual(card);
        expect(await outbox.findMessage('C1', '1.2')).toMatchObject({ kind: 'notice', buttons: 'drift' });
        expect(await outbox.findMessage('C2', '1.1')).toBeNull();
        expect(await outbox.card('checkout', 'r1')).toEqual(card);
        expect(await outbox.card('checkout', 'r2')).toBeNull();
      });
    });

    describe('next to the records', () => {
      test('the router’s last answers by when it was asked, the allowed, and a person’s rate', async () => {
        await store.saveAsked(new Map([['checkout', { heading: 'blue', detail: '1 of 1' }]]));
        const { asked } = await store.load('checkout');
        expect(asked).toMatchObject({ heading: 'blue', detail: '1 of 1' });
        expect(Math.abs((asked?.at ?? 0) - (await subject.now()))).toBeLessThan(2000);
        const older = { heading: 'green', detail: 'slow', at: fromNow(-60_000) } as const;
        await store.saveAsked(
          new Map([
            ['checkout', older],
            ['cart', older],
          ]),
        );
        expect((await store.load('checkout')).asked).toEqual(asked);
        const ago = (await subject.now()) - ((await store.load('cart')).asked?.at ?? 0);
        expect(Math.abs(ago - 60_000)).toBeLessThan(2000);
        expect(await store.wasAllowed('U1 checkout')).toBe(false);
        await store.allow('U1 checkout');
        expect(await subject.other.store.wasAllowed('U1 checkout')).toBe(true);
        await store.ping();
      });

      test('each configuration that a replica runs with is known, with the services that it names', async () => {
        const [one, two] = [
          { digest: 'aaaa', services: ['basket'], sources: ['prom'] },
          { digest: 'bbbb', services: [], sources: [] },
        ];
        expect(await store.configurations()).toEqual([]);
        expect(await store.configurations(one)).toEqual([one]);
        await subject.other.store.configurations(two);
        await store.configurations({ ...one, services: ['basket', 'checkout'] });
        const found = (await store.configurations()).toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
        expect(found).toEqual([{ ...one, services: ['basket', 'checkout'] }, two]);
      });

      test('notes on senders are known to all, one of each name, and no more than are kept', async () => {
        const { senders } = subject;
        expect((await senders.all()).notes).toEqual([]);
        const name = { kind: 'refused', source: 'prom', of: 'too:large' } as const;
        await senders.keep({ ...name, facts: { what: 'old' } });
        await senders.keep({ ...name, facts: { what: 'new', empty: [] } });
        await senders.keep({ kind: 'heard', source: 'prom', of: '', facts: {} });
        const { now, notes } = await subject.other.senders.all();
        expect(notes).toHaveLength(2);
        expect(notes).toContainEqual({ ...name, facts: { what: 'new', empty: [] }, at: expect.any(Number) });
        expect(Math.abs(now - (notes[0]?.at ?? 0))).toBeLessThan(5_000);
        const many = Array.from({ length: mostSenderNotes('service') + 5 }, (_, i) => `s${i}`);
        await Promise.all(many.map((of) => senders.keep({ kind: 'service', source: 'prom', of, facts: {} })));
        expect((await senders.all()).notes).toHaveLength(mostSenderNotes('service'));
        // Words from outside leave room for what the configuration names.
        await senders.keep({ kind: 'watch', source: 'new', of: '', facts: {} });
        expect((await senders.all()).notes).toHaveLength(mostSenderNotes('service') + 1);
        await senders.keep({ ...name, facts: { what: 'newest' } });
        const known = (await senders.all()).notes.find(({ kind }) => kind === 'refused');
        expect(known?.facts).toEqual({ what: 'newest' });
      });

      test('evidence of pairs, and until when somebody asked for it, longest first', async () => {
        const { evidence, other } = subject;
        expect(await evidence.load('checkout')).toMatchObject({ json: null, wantedUntil: 0 });
        await evidence.keep('checkout', '{"pairs":1}');
        await Promise.all([evidence.keep('checkout', '{"pairs":2}'), evidence.keep('cart', '{"pairs":3}')]);
        expect((await other.evidence.load('cart')).json).toBe('{"pairs":3}');
        const { json, now } = await other.evidence.load('checkout');
        expect(json).toBe('{"pairs":2}');
        expect(Math.abs(now - (await subject.now()))).toBeLessThan(5_000);
        expect(await due()).toEqual([]);
        await evidence.want('checkout', 60_000);
        await other.evidence.want('checkout', 1_000);
        expect((await evidence.load('checkout')).wantedUntil - now).toBeGreaterThan(55_000);
        expect(await due()).toEqual(['compare:checkout']);
        // A process holds it: it stays with that one.
        await evidence.want('checkout', 60_000);
        expect(await due()).toEqual([]);
        expect(await evidence.load('basket')).toMatchObject({ json: null, wantedUntil: 0 });
      });

      test('a notice that is due once in a while is sent once, by any replica', async () => {
        await outbox.post([notice('n1')], { key: 'k', ms: 300 });
        await subject.other.outbox.post([notice('n2')], { key: 'k', ms: 300 });
        await subject.other.outbox.post([notice('n3')], { key: 'other', ms: 300 });
        await subject.pass(400);
        await subject.other.outbox.post([notice('n4')], { key: 'k', ms: 300 });
        const { notices } = await outbox.pending('C1', 10);
        expect(notices.map(({ id }) => id)).toEqual(['n1', 'n3', 'n4']);
      });

      describe('a line', () => {
        const place = (id: string, name = id, more: Partial<Place> = {}): Place => ({
          id,
          actor: { kind: 'cli', name },
          verb: 'stage',
          version: 'v2',
          at: fromNow(),
          ...more,
        });
        const ids = async (): Promise<string[]> =>
          (await subject.other.store.load('checkout')).queue.map(({ id }) => id);
        const stood = async (...given: Parameters<Store['stand']>) => {
          const answer = await store.stand(...given);
          if (!answer.ok) throw new Error(answer.why);
          return answer;
        };

        test('is in the order in which places were taken, and is the line of one service', async () => {
          const now = await subject.now();
          const a = await stood('checkout', place('a'));
          await stood('billing', place('x'));
          await stood('checkout', place('b', 'b', { verb: 'promote' }));
          const kept = await stood('checkout', place('a'), a);
          expect(kept).toMatchObject({ order: a.order, came: a.came });
          expect(kept.queue.map(({ id }) => id)).toEqual(['a', 'b']);
          const { queue, queueLapsed } = await subject.other.store.load('checkout');
          expect(queue).toMatchObject([{ verb: 'stage', version: 'v2' }, { verb: 'promote' }]);
          expect(Math.abs(Number(queue[0]?.at) - now)).toBeLessThan(5_000);
          expect(queueLapsed).toBe(false);
          expect(await store.loadMany(['billing', 'none'])).toMatchObject([
            { queue: [{ id: 'x' }] },
            { queue: [] },
          ]);
        });

        test('loses who leaves, and who does not say any more that they wait', async () => {
          await stood('checkout', place('a'), { forMs: 200 });
          await stood('checkout', place('b'));
          await stood('checkout', place('c'));
          await store.leave('checkout', 'c');
          expect(await ids()).toEqual(['a', 'b']);
          await subject.pass(250);
          expect(await ids()).toEqual(['b']);
          expect((await store.load('checkout')).queueLapsed).toBe(true);
          await store.leave('checkout', null);
          expect(await store.load('checkout')).toMatchObject({ queue: [{ id: 'b' }], queueLapsed: false });
        });

        test('takes who comes back, after losing its place, at the same place', async () => {
          const a = await stood('checkout', place('a'), { forMs: 100 });
          await stood('checkout', place('b'));
          await subject.pass(150);
          expect(await ids()).toEqual(['b']);
          await stood('checkout', place('a'), { order: a.order, came: a.came });
          expect(await ids()).toEqual(['a', 'b']);
        });

        test('lets a newer stage of the same person take the place of the older one, which hears of it', async () => {
          const a = await stood('checkout', place('a', 'ci'));
          await stood('checkout', place('b', 'other'));
          await stood('checkout', place('c', 'ci', { verb: 'promote' }));
          const d = await stood('checkout', place('d', 'ci', { version: 'v3' }));
          expect(d.order).toBe(a.order);
          expect(await ids()).toEqual(['d', 'b', 'c']);
          expect(await store.stand('checkout', place('a', 'ci'), a)).toMatchObject({
            ok: false,
            why: 'overtaken',
            by: { id: 'd', version: 'v3' },
          });
          expect(await ids()).toEqual(['d', 'b', 'c']);
        });

        test('has an end', async () => {
          await Promise.all(Array.from({ length: mostPlaces }, (_, i) => stood('checkout', place(`p${i}`))));
          expect(await store.stand('checkout', place('more'))).toEqual({ ok: false, why: 'full' });
        });

        test('has its card drawn when it changes, and its service looked at when somebody vanishes', async () => {
          const draw = { channel: 'C1', release: 'r1' };
          const drawn = async () => {
            const { draws } = await outbox.pending('C1', 9);
            for (const mark of draws) await outbox.drawn('C1', mark);
            return draws.length;
          };
          const a = await stood('checkout', place('a'), { draw, forMs: 1_000 });
          expect(await drawn()).toBe(1);
          await stood('checkout', place('a'), { order: a.order, came: a.came, draw, forMs: 1_000 });
          expect(await drawn()).toBe(0);
          await due();
          await agenda.done('channel:C1', 'taker');
          await subject.pass(1_100);
          expect(await due()).toEqual(['service:checkout']);
          await store.leave('checkout', null, draw);
          expect(await drawn()).toBe(1);
          await agenda.done('service:checkout', 'taker');
          await due();
          await agenda.done('channel:C1', 'taker');
          expect(await due()).toEqual([]);
        });

        test('does not stand in the way of a save, nor a save in its', async () => {
          await stood('checkout', place('a'));
          expect(await store.save(change(record('checkout'), 0))).toMatchObject({ ok: true });
          expect(await store.load('checkout')).toMatchObject({
            record: { revision: 1 },
            queue: [{ id: 'a' }],
          });
        });
      });

      test('changing commands are counted by person, until the minute ends', async () => {
        const rates: number[] = [];
        for (let i = 0; i < 3; i += 1) rates.push((await store.load('checkout', { rate: 'U1' })).rate);
        // A minute may end in between; then the count begins again.
        expect(rates.every((rate, i) => rate === 1 || rate === (rates[i - 1] ?? 0) + 1)).toBe(true);
        expect((await store.load('billing')).rate).toBe(0);
        expect((await store.load('billing', { rate: 'U2' })).rate).toBe(1);
      });
    });
  });
}
