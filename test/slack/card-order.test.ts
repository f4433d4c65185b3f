import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import { noticeCards } from '../../src/release/action-items.ts';
import { alertCards, digestCards } from '../../src/release/alerts/port.ts';
import { emptyGroup } from '../../src/release/alerts/merge.ts';
import type { State } from '../../src/release/release.ts';
import type { DrawMark } from '../../src/release/store.ts';
import { makeCardOrder } from '../../src/slack/card-order.ts';
import { change, record } from '../store/record.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { releaseWith, requestWith } from './cards/record.ts';

let memory: ReturnType<typeof openMemory>;
let order: ReturnType<typeof makeCardOrder>;

let marks: number;

beforeEach(() => {
  marks = 0;
  memory = openMemory();
  order = makeCardOrder({ ...memory, clock: virtualClock() });
});

/** A new one, as whatever changes what a card shows leaves it. */
const mark = (service: string, release: string): DrawMark => ({
  service,
  release,
  mark: String((marks += 1)),
});
const names = async (...marks: DrawMark[]): Promise<string[]> =>
  (await order(marks)).map(({ mark: { release } }) => release);

/** A service with one release, in this state. */
async function serviceIn(service: string, state: State, more: Parameters<typeof record>[1] = {}) {
  const releases = [releaseWith({ id: `r-${service}` })];
  await memory.store.save(change(record(service, { state, releases, ...more }), 0));
}

/** A group of alerts that fires, with a message of its own. */
async function firing(id: string, service: string | null): Promise<void> {
  const empty = emptyGroup({ id, source: 'prom', group: id, service, channel: 'C1' });
  const group = { ...empty, status: 'firing' as const };
  await memory.alerts.save({
    group,
    expect: 0,
    opens: true,
    urgent: true,
    notices: [],
    draw: true,
    due: null,
  });
}

const posted = (service: string, release: string, epoch: number): Promise<void> =>
  memory.outbox.saveMessage({
    channel: 'C1',
    ts: `1.${release}`,
    kind: 'card',
    service,
    release,
    epoch,
  });

describe('the order of cards that wait for one channel', () => {
  test('alerts of a service that bakes are posted first, then releases, other alerts, and the digest', async () => {
    await serviceIn('bakes', 'baking');
    await serviceIn('rests', 'idle');
    for (const [id, service] of [
      ['a-rests', 'rests'],
      ['a-nobody', null],
      ['a-bakes', 'bakes'],
    ] as const)
      await firing(id, service);
    const found = await names(
      mark(digestCards, 'digest'),
      mark(alertCards, 'a-rests'),
      mark(alertCards, 'a-nobody'),
      mark('rests', 'r-rests'),
      mark(alertCards, 'a-bakes'),
    );
    expect(found).toEqual(['a-bakes', 'r-rests', 'a-rests', 'a-nobody', 'digest']);
  });

  test('the first alert of each service that bakes comes before more of one that has a message', async () => {
    for (const service of ['one', 'two']) await serviceIn(service, 'baking');
    for (const id of ['one-a', 'one-b', 'one-c']) await firing(id, 'one');
    await firing('two-a', 'two');
    const waiting = ['one-b', 'one-c', 'two-a'].map((id) => mark(alertCards, id));
    await posted(alertCards, 'one-a', 1);
    expect((await names(...waiting))[0]).toBe('two-a');
  });

  test('those are edited first whose buttons are about an epoch that is over, then open requests', async () => {
    const releases = [releaseWith({ id: 'r-asks' })];
    await serviceIn('asks', 'staged', { releases, request: requestWith() });
    await serviceIn('stages', 'staging');
    await serviceIn('went-back', 'idle', { epoch: 3 });
    for (const service of ['asks', 'stages']) await posted(service, `r-${service}`, 1);
    await posted('went-back', 'r-went-back', 2);
    const found = await names(
      mark('stages', 'r-stages'),
      mark('asks', 'r-asks'),
      mark('went-back', 'r-went-back'),
    );
    expect(found).toEqual(['r-went-back', 'r-asks', 'r-stages']);
  });

  test('the message of a countdown is edited before cards of releases: it says how much time is left', async () => {
    await serviceIn('counts', 'baking');
    await posted('counts', 'r-counts', 1);
    const notice = {
      id: 'n-1',
      service: 'counts',
      release: null,
      kind: 'broadcast',
      text: [],
      at: 0,
    } as const;
    const place = {
      channel: 'C1',
      ts: '2.1',
      kind: 'notice',
      service: 'counts',
      release: null,
      epoch: 1,
    } as const;
    await memory.outbox.saveMessage({ ...place, buttons: 'countdown', notice: { ...notice, text: [] } });
    expect(await names(mark('counts', 'r-counts'), mark(noticeCards, 'n-1'))).toEqual(['n-1', 'r-counts']);
  });

  test('of a service that went on, the newest release comes first; of the others what waits longest', async () => {
    const releases = ['r-3', 'r-2', 'r-1'].map((id) => releaseWith({ id }));
    await serviceIn('went-on', 'staged', { releases });
    await serviceIn('rests', 'idle');
    const waiting = [
      mark('went-on', 'r-1'),
      mark('went-on', 'r-2'),
      mark('rests', 'r-rests'),
      mark('went-on', 'r-3'),
    ];
    expect(await names(...waiting.toReversed())).toEqual(['r-rests', 'r-3', 'r-1', 'r-2']);
  });

  test('the alerts on a service’s card count as soon as it bakes, and no longer than that', async () => {
    await serviceIn('later', 'idle');
    await serviceIn('other', 'idle');
    await firing('a-other', 'other');
    await firing('a-later', 'later');
    const waiting = () => [mark(alertCards, 'a-other'), mark(alertCards, 'a-later')];
    expect(await names(...waiting())).toEqual(['a-other', 'a-later']);
    await memory.store.save(change(record('later', { state: 'baking' }), 1));
    expect(await names(...waiting())).toEqual(['a-later', 'a-other']);
    await memory.store.save(change(record('later', { state: 'idle' }), 2));
    expect(await names(...waiting())).toEqual(['a-other', 'a-later']);
  });
  test('the state of a card is not asked for again while its mark is the same', async () => {
    const asked: string[] = [];
    const { outbox } = memory;
    const clock = virtualClock();
    const counting = makeCardOrder({
      ...memory,
      clock,
      outbox: { card: (service, release) => (asked.push(release), outbox.card(service, release)) },
    });
    await serviceIn('rests', 'idle');
    const first = mark('rests', 'r-rests');
    await counting([first]);
    await counting([first, mark('rests', 'r-other')]);
    expect(asked).toEqual(['r-rests', 'r-other']);
    await counting([mark('rests', 'r-rests')]);
    await clock.advance(5_000);
    await counting([first]);
    expect(asked).toEqual(['r-rests', 'r-other', 'r-rests', 'r-rests']);
  });
});
