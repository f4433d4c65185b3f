import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alertCards } from '../../src/release/alerts/port.ts';
import { emptyGroup } from '../../src/release/alerts/merge.ts';
import { until } from '../support/until.ts';
import { recordIn, releaseWith } from './cards/record.ts';
import { noticeWith, openSender, releases } from './sender-town.ts';
import type { SenderTown } from './sender-town.ts';

let town: SenderTown;

beforeEach(async () => {
  town = await openSender();
});
afterEach(() => town.close());

/** All that was posted in the channel, in order, threads too. */
const said = (): string[] =>
  town.slack
    .calls('chat.postMessage')
    .flatMap(({ answer, args }) =>
      answer['ok'] === true && typeof args['text'] === 'string' ? [args['text']] : [],
    );

/** Lets a second pass for the sender with each post, until there were so many. */
async function posted(most: number): Promise<void> {
  await until(`${most} posts`, () => {
    if (town.posts() < most) town.passes(100);
    return town.posts() >= most;
  });
}

describe('in a full channel', () => {
  test('cards of releases come, although what is more urgent never ends', async () => {
    const urgent = Array.from({ length: 40 }, (_, i) =>
      noticeWith({ service: `asks-${i}`, release: null, kind: 'broadcast', text: [`ask ${i}`] }),
    );
    await town.memory.outbox.post(urgent);
    for (let i = 0; i < 6; i += 1) await town.save(recordIn('staged', { service: `card-${i}` }));
    await posted(21);
    expect(said().filter((text) => /^🚦 card-.* is ready/u.test(text))).toHaveLength(6);
  });

  test('cards come although alerts of services that bake begin each second', async () => {
    const baking = recordIn('baking', { service: 'bakes' });
    await town.save(baking);
    await posted(1);
    for (let i = 0; i < 20; i += 1) {
      const id = `alert-${i}`;
      const group = emptyGroup({ id, source: 'prom', group: id, service: 'bakes', channel: releases });
      await town.memory.alerts.save({
        group: { ...group, status: 'firing', titles: [id] },
        expect: 0,
        opens: true,
        urgent: true,
        notices: [noticeWith({ service: alertCards, release: id, kind: 'broadcast', text: [`rings ${i}`] })],
        draw: true,
        due: null,
      });
    }
    for (let i = 0; i < 4; i += 1) await town.save(recordIn('staged', { service: `card-${i}` }));
    await posted(16);
    expect(said().filter((text) => /^🚦 card-.* is ready/u.test(text))).toHaveLength(4);
  });

  test('alerts of services that bake are edited at once, although many cards change', async () => {
    const alertOf = (i: number, revision: number) => {
      const id = `alert-${i}`;
      const group = emptyGroup({ id, source: 'prom', group: id, service: 'bakes', channel: releases });
      return town.memory.alerts.save({
        group: { ...group, revision, status: 'firing', titles: [`${id} ${revision}`] },
        expect: revision - 1,
        opens: revision === 1,
        urgent: true,
        notices: [],
        draw: true,
        due: null,
      });
    };
    const numbers = (count: number): number[] => [...Array(count).keys()];
    const edited = (): string[] =>
      town.slack
        .calls('chat.update')
        .map(({ args }) => (typeof args['text'] === 'string' ? args['text'] : ''));
    await town.save(recordIn('baking', { service: 'bakes' }));
    for (const i of numbers(4)) await alertOf(i, 1);
    const card = (i: number, change: object) => ({
      service: `card-${i}`,
      releases: [releaseWith({ id: `r-card-${i}` })],
      ...change,
    });
    for (const i of numbers(40)) await town.save(recordIn('staged', card(i, {})));
    await posted(45);
    const alerts = (revision: number) =>
      edited().filter((text) => text.includes(` ${revision}`) && /alert-\d /.test(text));
    for (const i of numbers(4)) await alertOf(i, 2);
    await until('all alerts are edited', () => alerts(2).length === 4);
    town.passes(60_000);
    for (const i of numbers(40)) await town.save(recordIn('stuck', card(i, { revision: 1 })));
    let before = 0;
    while (edited().length > before) {
      before = edited().length;
      await town.looked();
    }
    for (const i of numbers(4)) await alertOf(i, 3);
    await until('all alerts are edited again', () => alerts(3).length === 4);
    expect(edited().length - before - 4).toBeLessThanOrEqual(1);
  });

  test('a revert is found and announced among the first, with any number of notices from its service and others before it', async () => {
    const older = Array.from({ length: 300 }, (_, i) =>
      noticeWith({ service: `s${i % 20}`, release: `old-${i}`, text: [`old ${i}`] }),
    );
    await town.memory.outbox.post(older);
    const reverted = recordIn('idle', {
      epoch: 12,
      releases: Array.from({ length: 10 }, (_, i) => releaseWith({ id: `r-${10 - i}`, number: 10 - i })),
    });
    const told = Array.from({ length: 10 }, (_, i) => [
      noticeWith({ release: `r-${i + 1}`, text: [`staged ${i + 1}`] }),
      noticeWith({ release: `r-${i + 1}`, text: [`live ${i + 1}`] }),
    ]).flat();
    await town.save(reverted, [
      ...told,
      noticeWith({ release: 'r-10', kind: 'broadcast', of: 'revert', text: ['reverted'] }),
    ]);
    const before = town.posts();
    await until('the revert is told', () => {
      town.passes(100);
      return said().includes('reverted');
    });
    const order = said().slice(before + 1);
    expect(order.indexOf('reverted')).toBeLessThanOrEqual(4);
    expect(order.indexOf('live 10')).toBeLessThan(order.indexOf('reverted'));
  });
});
