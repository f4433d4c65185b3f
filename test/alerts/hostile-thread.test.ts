/** Whatever stands in labels and annotations: nothing that is told of alerts, or answered about them, is more than text. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import { acknowledge, silence } from '../support/alert-verbs.ts';
import { takeDelivery } from '../../src/release/alerts/take.ts';
import { doDueAlertWork } from '../../src/release/alerts/due-work.ts';
import type { Actor } from '../../src/release/actor.ts';
import type { Answer, Configured } from '../../src/release/command.ts';
import type { Adapters } from '../../src/release/ports.ts';
import { noticeMessage } from '../../src/slack/cards/notice.ts';
import { alertCard } from '../../src/slack/cards/alert-card.ts';
import { answerReply, drawReply } from '../../src/slack/reply.ts';
import { change } from '../store/record.ts';
import { compareSchema } from '../../src/release/settings.ts';
import {
  ann,
  bakingRecord,
  bodies,
  deliveryOf,
  expectQuiet,
  now,
  settings,
} from '../support/hostile-alerts.ts';
import { hostile } from '../support/hostile.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const id = 'a'.repeat(24);
const minute = 60_000;
const compare = {
  prometheus: { url: 'http://127.0.0.1:9' },
  metrics: [{ name: 'errors', query: 'up{color="{color}"}', unit: 'ratio' }],
};
const configured: Configured = {
  settings: { ...settings, compare: compareSchema.parse(compare) },
  raw: {},
  digest: 'd',
  seal: 's',
};

/** A bot that knows one service, in which everything is asked of people and answered. */
function opened(version: string) {
  const clock = virtualClock(now);
  const memory = openMemory({ clock });
  const adapters: Pick<Adapters, 'metrics'> = {
    metrics: [
      {
        name: 'errors',
        windowMs: 5 * minute,
        unit: 'ratio',
        worse: 'higher',
        ask: async () => ({ value: 0.5 }),
        pastMs: 100 * minute,
        past: async () => Array.from({ length: 20 }, () => 0.4),
      },
    ],
  };
  const parts = {
    alerts: memory.alerts,
    store: memory.store,
    catalog: {
      names: () => ['checkout'],
      find: () => configured,
      stored: () => configured,
      vouchesFor: () => true,
      channelOf: () => 'C1',
    },
    people: { may: async () => 'yes' as const, mentions: () => [{ user: ann.user }] },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    defaultChannel: 'C1',
    look: () => {},
    adapters: () => adapters as Adapters,
    isSource: () => true,
    confirmLater: () => {},
    accepted: () => {},
    clock,
  };
  return { clock, memory, parts, record: bakingRecord([version, version]) };
}

test('a whole thread of hostile alerts is harmless: fired, pressed, reminded, compared, resolved', async () => {
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(bodies, hostile, async (given, name) => {
      const { clock, memory, parts, record } = opened(name.slice(0, 128));
      await memory.store.save(change(record, 0));
      const answers: Answer[] = [];
      const cli: Actor = { kind: 'cli', name: name.slice(0, 64) };
      const deliver = (status: 'firing' | 'resolved') =>
        takeDelivery(
          parts,
          deliveryOf(given, { status, service: 'checkout' }),
          () => id,
          () => 'checkout',
        );
      const tend = () => doDueAlertWork(parts, id, new AbortController().signal);
      await deliver('firing');
      await tend();
      answers.push(await acknowledge(parts, id, cli), await acknowledge(parts, id, ann));
      await clock.advance(31 * minute);
      await tend();
      answers.push(
        await silence(parts, id, cli, { choice: '30m' }),
        await silence(parts, id, ann, { choice: 'release' }),
      );
      await clock.advance(31 * minute);
      await memory.store.save(change({ ...record, revision: 1, state: 'idle', releases: [] }, 1));
      await tend();
      const { group } = await memory.alerts.load(id);
      if (group === null) throw new Error('no group');
      expectQuiet(alertCard(group, { now: clock.now(), record, settings }));
      await deliver('resolved');
      answers.push(await acknowledge(parts, id, ann));

      const { notices } = await memory.outbox.pending('C1', 99);
      for (const notice of notices) {
        expectQuiet(noticeMessage([notice], null));
        kinds.add(notice.kind);
      }
      expect(notices.length).toBeGreaterThanOrEqual(4);
      expect(answers.map(({ ok }) => ok)).toEqual([true, false, true, true, false]);
      for (const answer of answers) expectQuiet(drawReply(answerReply(answer)));
      for (const { text } of await memory.store.history('checkout', 99))
        expectQuiet(drawReply({ lines: [text] }));
    }),
    { numRuns: 80 },
  );
  expect([...kinds]).toEqual(expect.arrayContaining(['broadcast', 'event', 'progress']));
});
